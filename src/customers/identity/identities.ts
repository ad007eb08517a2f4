/** Owners of identities: bulk claims, and lookups by hash. Knows nothing else about customers. */
import type { Database } from '#platform/database/database.ts';

import { type HeldIdentities, slotOf } from './identity-policy.ts';
import type { IdentityKey } from '../input.ts';

/** Key of an identity in maps: its hash, which includes source and value, and its kind. */
export function identityKey(identity: { readonly kind: string; readonly hash: string }): string {
  return `${identity.kind} ${identity.hash}`;
}

export interface IdentityClaim {
  readonly identity: IdentityKey;
  /** The owner if it has none yet. */
  readonly customerId: string;
}

/** Owners of the identities that have one, by `identityKey`. */
export async function readOwners(
  db: Database,
  identities: readonly IdentityKey[],
): Promise<Map<string, string>> {
  const rows = await db.queryBatched<{ hash: string; kind: string; customer_id: string }>(
    `/* customers.identityOwners */
    select encode(value_hash, 'hex') as hash, kind, customer_id from customer_identities
    where value_hash = any($1::text[]::bytea[])`,
    [identities.map((identity) => `\\x${identity.hash}`)],
  );
  return new Map(rows.map((row) => [identityKey(row), row.customer_id]));
}

/** Identities of these customers, by id. Visits every shard: identities are distributed by value. */
export async function readHeld(
  db: Database,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, HeldIdentities>> {
  const held = new Map<string, Map<string, Set<string>>>();
  if (customerIds.length === 0) return held;
  const rows = await db.query<{ customerId: string; kind: string; source: string; hash: string }>(
    `/* customers.heldIdentities */
    select customer_id as "customerId", kind, source, encode(value_hash, 'hex') as hash from customer_identities
    where customer_id = any($1::uuid[])`,
    [customerIds],
  );
  for (const row of rows) {
    const slots = held.get(row.customerId) ?? new Map<string, Set<string>>();
    held.set(row.customerId, slots);
    const values = slots.get(slotOf(row)) ?? new Set<string>();
    slots.set(slotOf(row), values.add(identityKey(row)));
  }
  return held;
}

/**
 * Gives each identity to its claimant unless it has an owner; waits for concurrent claims.
 * @returns whether every claim was granted; if not, owners have to be read again.
 */
export async function claimIdentities(
  db: Database,
  claims: readonly IdentityClaim[],
  at: Date,
): Promise<boolean> {
  if (claims.length === 0) return true;
  const rows = await db.query(
    // In the order of the hashes, so that concurrent writers wait in one direction only.
    `/* customers.claimIdentities */
    insert into customer_identities (value_hash, kind, source, customer_id, value, created_at)
    select decode(hash, 'hex'), kind, source, customer_id, value, $6::timestamptz
    from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[])
      as claim(hash, kind, source, customer_id, value)
    order by hash, kind
    on conflict do nothing
    returning 1`,
    [
      claims.map((claim) => claim.identity.hash),
      claims.map((claim) => claim.identity.kind),
      claims.map((claim) => claim.identity.source),
      claims.map((claim) => claim.customerId),
      claims.map((claim) => claim.identity.value),
      at,
    ],
  );
  return rows.length === claims.length;
}

/** Moves all identities of one customer to another, pair by pair. */
export async function moveIdentities(
  db: Database,
  keepIds: readonly string[],
  dropIds: readonly string[],
): Promise<void> {
  if (dropIds.length === 0) return;
  await db.query(
    `/* customers.moveIdentities */
    update customer_identities as identity set customer_id = pair.keep_id
    from unnest($1::uuid[], $2::uuid[]) as pair(keep_id, drop_id)
    where identity.customer_id = pair.drop_id`,
    [keepIds, dropIds],
  );
}
