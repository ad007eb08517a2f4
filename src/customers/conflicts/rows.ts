/** Rows of the queue of identity conflicts. */
import { and, eq } from 'drizzle-orm';

import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';
import { columnsOf, type RowOf, selectList } from '#platform/database/rows.ts';
import { createId } from '#platform/ids.ts';

import type { FoundConflict } from '../identity/resolve-customers.ts';
import type { IdentityKind } from '../input.ts';
import { identityConflicts } from '../tables.ts';

/** Placeholder of a missing owner. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

type StoredConflict = RowOf<typeof identityConflicts>;

export type ConflictStatus = StoredConflict['status'];

export interface ConflictRow extends Omit<StoredConflict, 'otherId' | 'valueHash'> {
  /** The owner of the identity; null where it has none. */
  readonly otherId: string | null;
  /** Hexadecimal. */
  readonly hash: string;
}

const stored = columnsOf(identityConflicts).filter((column) => column !== 'valueHash');

/** @param alias of `identity_conflicts` */
function selectConflicts(alias: string): string {
  const otherId = `nullif(${alias}.other_id, '${NOBODY}'::uuid)`;
  return `${selectList(identityConflicts, alias, stored, { otherId })}, encode(${alias}.value_hash, 'hex') as hash`;
}

const COLUMNS = selectConflicts('identity_conflicts');

/** Records conflicts in one statement; existing ones are seen again. @returns the row of each */
export async function writeConflicts(
  db: Database,
  conflicts: readonly FoundConflict[],
  at: Date,
): Promise<readonly ConflictRow[]> {
  if (conflicts.length === 0) return [];
  const keyed = conflicts.map((conflict) => {
    const otherId = conflict.otherId ?? NOBODY;
    const { identity, customerId } = conflict;
    return { ...conflict, otherId, key: `${customerId} ${otherId} ${identity.kind} ${identity.hash}` };
  });
  const once = [...new Map(keyed.map((conflict) => [conflict.key, conflict])).values()];
  const rows = await db.query<ConflictRow>(
    `/* customers.writeConflicts */
    insert into identity_conflicts as known
      (customer_id, id, other_id, kind, source, value_hash, value, reason, status, first_seen_at, last_seen_at)
    select customer_id, id, other_id, kind, source, decode(hash, 'hex'), value, reason, 'open', $9::timestamptz,
      $9::timestamptz
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
      as conflict(customer_id, id, other_id, kind, source, hash, value, reason)
    order by customer_id, other_id, hash, kind
    on conflict (customer_id, other_id, value_hash, kind) do update set last_seen_at = excluded.last_seen_at
    returning ${selectConflicts('known')}`,
    [
      once.map(({ customerId }) => customerId),
      once.map(() => createId(at.getTime())),
      once.map(({ otherId }) => otherId),
      once.map(({ identity }) => identity.kind),
      once.map(({ identity }) => identity.source),
      once.map(({ identity }) => identity.hash),
      once.map(({ identity }) => identity.value),
      once.map(({ reason }) => reason),
      at,
    ],
  );
  const byKey = new Map(
    rows.map((row) => [`${row.customerId} ${row.otherId ?? NOBODY} ${row.kind} ${row.hash}`, row]),
  );
  return keyed.map(({ key }) => byKey.get(key)!);
}

export interface ConflictKey {
  readonly customerId: string;
  readonly id: string;
}

export async function readConflictsByKey(
  db: Database,
  keys: readonly ConflictKey[],
): Promise<readonly ConflictRow[]> {
  return db.queryBatched(
    `/* customers.conflictsByKey */
    select ${COLUMNS} from identity_conflicts where customer_id = any($1::uuid[]) and id = any($2::uuid[])`,
    [keys.map(({ customerId }) => customerId), keys.map(({ id }) => id)],
  );
}

export const conflictsByAge = keyset<ConflictRow>(
  'conflicts.firstSeen',
  [
    ['first_seen_at', 'instant', ({ firstSeenAt }) => firstSeenAt],
    ['id', 'id', ({ id }) => id],
  ],
  { isDescending: true },
);

const conflictPage = conflictsByAge.texts(
  ({ where, orderBy, limit }) => `/* customers.conflictPage */
  select ${COLUMNS} from identity_conflicts
  where status = $1 and ${where} order by ${orderBy} limit ${limit}`,
);

/** Newest first. Visits every shard. */
export async function readConflictPage(
  db: Database,
  status: ConflictStatus,
  page: Page,
): Promise<readonly ConflictRow[]> {
  return db.query(conflictPage(page), [status, ...conflictsByAge.bind(page)]);
}

export async function countConflicts(db: Database, status: ConflictStatus): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `/* customers.countConflicts */ select count(*) as count from identity_conflicts where status = $1`,
    [status],
  );
  return row!.count;
}

function isConflict(customerId: string, id: string) {
  return and(eq(identityConflicts.customerId, customerId), eq(identityConflicts.id, id));
}

export async function closeConflict(db: Database, { customerId, id }: ConflictKey, at: Date): Promise<void> {
  await db.orm
    .update(identityConflicts)
    .set({ status: 'kept_apart', resolvedAt: at })
    .where(and(isConflict(customerId, id), eq(identityConflicts.status, 'open')));
}

export async function deleteConflict(db: Database, { customerId, id }: ConflictKey): Promise<void> {
  await db.orm.delete(identityConflicts).where(isConflict(customerId, id));
}

/** Deletes conflicts with the identity that they are about. Visits every shard. */
export async function deleteConflictsOver(
  db: Database,
  identities: readonly { readonly id: string; readonly kind: IdentityKind; readonly hash: string }[],
): Promise<void> {
  await db.query(
    `/* customers.deleteConflictsOver */
    delete from identity_conflicts conflict
    using unnest($1::uuid[], $2::text[], $3::text[]) as removed(other_id, kind, hash)
    where conflict.other_id = removed.other_id and conflict.kind = removed.kind
      and conflict.value_hash = decode(removed.hash, 'hex')`,
    [identities.map(({ id }) => id), identities.map(({ kind }) => kind), identities.map(({ hash }) => hash)],
  );
}
