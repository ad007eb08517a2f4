/** Reads of customers. Writes nothing. */
import type { Database } from '#platform/database/database.ts';
import { type ColumnOf, type RowOf, selectList } from '#platform/database/rows.ts';
import { isUuid } from '#platform/ids.ts';

import { identityKey } from './identity/identities.ts';
import type { IdentityKey } from './input.ts';
import type { SealedContact } from './contact-data/sealing.ts';
import { consents, customerContacts, customerIdentities, customers } from './tables.ts';

const SHOWN_COLUMNS = [
  ...(['id', 'country', 'language', 'attributes', 'createdAt', 'updatedAt'] as const),
  ...(['firstSeenAt', 'lastSeenAt'] as const),
] satisfies readonly ColumnOf<typeof customers>[];

export type CustomerColumn = (typeof SHOWN_COLUMNS)[number];
export const customerColumns: readonly CustomerColumn[] = SHOWN_COLUMNS;

export interface CustomerRow extends Pick<RowOf<typeof customers>, Exclude<CustomerColumn, 'attributes'>> {
  /** JSON text: parsed on demand. */
  readonly attributes: string;
}

/** The select list of these columns of `customers`, under an alias. */
export function selectCustomers(alias: string, columns: readonly CustomerColumn[]): string {
  return selectList(customers, alias, columns, { attributes: `${alias}.attributes::text` });
}

interface CustomerOrTrace extends CustomerRow {
  readonly mergedIntoId: string | null;
}

/**
 * By the requested id: for a merged customer, the one that it was merged into. Erased and unknown ones are missing.
 * @param columns of the rows; must contain the id
 */
export async function readCustomers(
  db: Database,
  ids: readonly string[],
  columns = customerColumns,
): Promise<ReadonlyMap<string, CustomerRow>> {
  const rows = new Map<string, CustomerOrTrace>();
  const mergedInto: string[] = [];
  for (const row of await readRows(db, ids.filter(isUuid), columns)) {
    rows.set(row.id, row);
    if (row.mergedIntoId !== null) mergedInto.push(row.mergedIntoId);
  }
  if (mergedInto.length === 0) return rows;
  // Rare, and one step suffices: a merge also redirects customers who were merged before.
  const kept = new Map((await readRows(db, mergedInto, columns)).map((row) => [row.id, row]));
  const living = Array.from(rows, ([id, row]) => [id, followMerge(row, kept)] as const);
  return new Map(living.flatMap(([id, row]) => (row === undefined ? [] : [[id, row]])));
}

/** By `identityKey`; identities without an owner are missing. An identity always leads to an active customer. */
export async function readCustomersByIdentity(
  db: Database,
  identities: readonly IdentityKey[],
  columns: readonly CustomerColumn[],
): Promise<ReadonlyMap<string, CustomerRow>> {
  const rows = await db.queryBatched<CustomerRow & { readonly hash: string; readonly kind: string }>(
    // Identities are distributed by hash and customers by id: a join across shards needs a list of ids first.
    `/* customers.byIdentity */
    with owner as materialized (
      select value_hash, kind, customer_id from customer_identities where value_hash = any($1::text[]::bytea[])
    )
    select encode(owner.value_hash, 'hex') as hash, owner.kind, ${selectCustomers('c', columns)}
    from owner join customers c on c.id = owner.customer_id and c.erased_at is null`,
    [identities.map(({ hash }) => `\\x${hash}`)],
  );
  return new Map(rows.map((row) => [identityKey(row), row]));
}

function followMerge(
  row: CustomerOrTrace,
  kept: ReadonlyMap<string, CustomerOrTrace>,
): CustomerOrTrace | undefined {
  return row.mergedIntoId === null ? row : kept.get(row.mergedIntoId);
}

function readRows(
  db: Database,
  ids: readonly string[],
  columns: readonly CustomerColumn[],
): Promise<CustomerOrTrace[]> {
  return db.queryBatched(
    `/* customers.byId */
    select ${selectCustomers('c', columns)}, c.merged_into_id as "mergedIntoId"
    from customers c where c.id = any($1::uuid[]) and c.erased_at is null`,
    [ids],
  );
}

export interface SealedContactRow extends SealedContact {
  /** Hexadecimal; equal to that of an identity with the same value. */
  readonly hash: string;
}

const contactColumns = selectList(customerContacts, 'customer_contacts', [
  ...(['customerId', 'kind', 'keyId', 'sealed'] as const),
]);

/** Per customer and kind the preferred one first. */
export function readSealedContacts(
  db: Database,
  customerIds: readonly string[],
): Promise<SealedContactRow[]> {
  return db.queryBatched(
    `/* customers.contacts */
    select ${contactColumns}, encode(value_hash, 'hex') as hash
    from customer_contacts where customer_id = any($1::uuid[]) order by customer_id, kind, position`,
    [customerIds],
  );
}

export interface IdentityRow extends Omit<RowOf<typeof customerIdentities>, 'valueHash'> {
  /** Hexadecimal. */
  readonly hash: string;
}

const identityColumns = selectList(customerIdentities, 'customer_identities', [
  ...(['customerId', 'kind', 'source', 'value', 'createdAt'] as const),
]);

export function readIdentities(db: Database, customerIds: readonly string[]): Promise<IdentityRow[]> {
  return db.queryBatched(
    `/* customers.identities */
    select ${identityColumns}, encode(value_hash, 'hex') as hash
    from customer_identities where customer_id = any($1::uuid[])
    order by customer_id, created_at, kind, source, value_hash`,
    [customerIds],
  );
}

export type ConsentRow = RowOf<typeof consents>;

export function readConsents(db: Database, customerIds: readonly string[]): Promise<ConsentRow[]> {
  return db.queryBatched(
    `/* customers.consents */
    select ${selectList(consents, 'consents')} from consents where customer_id = any($1::uuid[]) order by customer_id, channel, purpose`,
    [customerIds],
  );
}

/** Newest first; at most `limit` per channel and purpose. */
export function readConsentHistory(
  db: Database,
  customerIds: readonly string[],
  limit: number,
): Promise<ConsentRow[]> {
  return db.queryBatched(
    `/* customers.consentHistory */
    with ranked as (
      select customer_id, channel, purpose, status, source, proof, recorded_at, id, row_number() over (
        partition by customer_id, channel, purpose order by recorded_at desc, id desc) as place
      from consent_history where customer_id = any($1::uuid[])
    )
    select ${selectList(consents, 'ranked')} from ranked where place <= $2 order by customer_id, channel, purpose, place`,
    [customerIds, limit],
  );
}
