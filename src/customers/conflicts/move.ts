/** What becomes of identity conflicts when people become one. Reports none. */
import type { Database } from '#platform/database/database.ts';

/**
 * Hands the conflicts of absorbed people, on either side, to those who took them in. What was between the two is gone.
 * @param keepIds by the id of the absorbed person
 */
export async function moveConflicts(db: Database, keepIds: ReadonlyMap<string, string>): Promise<void> {
  const dropIds = [...keepIds.keys()];
  const taken = await db.query<Readonly<Record<string, unknown>> & { customerId: string; otherId: string }>(
    `/* customers.takeConflicts */
    delete from identity_conflicts where customer_id = any($1::uuid[]) or other_id = any($1::uuid[])
    returning customer_id as "customerId", id, other_id as "otherId", kind, source, encode(value_hash, 'hex') as hash,
      value, reason, status, first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt", resolved_at as "resolvedAt"`,
    [dropIds],
  );
  const moved = taken
    .map((row) => ({
      ...row,
      customerId: keepIds.get(row.customerId) ?? row.customerId,
      otherId: keepIds.get(row.otherId) ?? row.otherId,
    }))
    .filter(({ customerId, otherId }) => customerId !== otherId);
  if (moved.length === 0) return;
  const column = (name: string) => moved.map((row) => (row as Readonly<Record<string, unknown>>)[name]);
  const instants = (name: string) => column(name).map((at) => (at instanceof Date ? at.toISOString() : null));
  await db.query(
    `/* customers.moveConflicts */
    insert into identity_conflicts (customer_id, id, other_id, kind, source, value_hash, value, reason, status,
      first_seen_at, last_seen_at, resolved_at)
    select customer_id, id, other_id, kind, source, decode(hash, 'hex'), value, reason, status, first_seen_at,
      last_seen_at, resolved_at
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[])
      as moved(customer_id, id, other_id, kind, source, hash, value, reason, status, first_seen_at, last_seen_at,
        resolved_at)
    on conflict do nothing`,
    [
      ...['customerId', 'id', 'otherId', 'kind', 'source', 'hash', 'value', 'reason', 'status'].map(column),
      ...['firstSeenAt', 'lastSeenAt', 'resolvedAt'].map(instants),
    ],
  );
}
