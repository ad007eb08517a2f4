/**
 * Reads of the change log. Entries are read only of transactions below the oldest one that still runs
 * (`pg_snapshot_xmin`): a later commit can add none there, so a reader that continues after its last entry skips
 * nothing, in whatever order transactions commit.
 */
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';

import type { ChangeKind } from './tables.ts';

/** The place of an entry in the log. */
export interface ChangePosition {
  /** Decimal text. */
  readonly transactionId: string;
  readonly id: number;
}

export interface ChangeRow extends ChangePosition {
  readonly kind: ChangeKind;
  readonly customerId: string | null;
  readonly subjectId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly recordedAt: Date;
  readonly isBlanked: boolean;
}

export interface ChangeFilter {
  /** Null for all. */
  readonly kinds: readonly ChangeKind[] | null;
  /** Null for all customers. */
  readonly customerId: string | null;
}

const COLUMNS = `entry.transaction_id::text as "transactionId", entry.id, entry.kind,
  entry.customer_id as "customerId", entry.subject_id as "subjectId", entry.details,
  entry.recorded_at as "recordedAt", entry.is_blanked as "isBlanked"`;

const IS_FINAL = 'entry.transaction_id < pg_snapshot_xmin(pg_current_snapshot())';

export const changesInOrder = keyset<ChangeRow>(
  'changes',
  [
    ['entry.transaction_id', 'transaction', ({ transactionId }) => transactionId],
    ['entry.id', 'bigint', ({ id }) => String(id)],
  ],
  { firstParameter: 2 },
);

const pageOfAll = changesInOrder.texts(
  ({ where, orderBy, limit }) => `/* changes.page */
  select ${COLUMNS} from change_log entry
  where ${IS_FINAL} and ($1::text[] is null or entry.kind = any($1::text[])) and ${where}
  order by ${orderBy} limit ${limit}`,
);

const pageOfCustomer = changesInOrder.texts(
  ({ where, orderBy, limit }) => `/* changes.pageOfCustomer */
  select ${COLUMNS} from change_log entry
  where entry.customer_id = $7::uuid and ${IS_FINAL} and ($1::text[] is null or entry.kind = any($1::text[]))
    and ${where}
  order by ${orderBy} limit ${limit}`,
);

export function readChangePage(
  db: Database,
  { kinds, customerId }: ChangeFilter,
  page: Page,
): Promise<ChangeRow[]> {
  const parameters = [kinds, ...changesInOrder.bind(page)];
  return customerId === null
    ? db.query(pageOfAll(page), parameters)
    : db.query(pageOfCustomer(page), [...parameters, customerId]);
}

export async function countChanges(db: Database, { kinds, customerId }: ChangeFilter): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `/* changes.count */
    select count(*) as count from change_log entry
    where ${IS_FINAL} and ($1::text[] is null or entry.kind = any($1::text[]))
      and ($2::uuid is null or entry.customer_id = $2::uuid)`,
    [kinds, customerId],
  );
  return row!.count;
}

/**
 * A position before every entry that is not final yet. Ids begin at 1, so that even the first entry of that transaction
 * comes after it.
 */
export async function readLogEnd(db: Database): Promise<ChangePosition> {
  const [row] = await db.query<{ transactionId: string }>(
    `/* changes.end */ select pg_snapshot_xmin(pg_current_snapshot())::text as "transactionId"`,
  );
  return { transactionId: row!.transactionId, id: 0 };
}

/** Entries after the position, those too that are not final yet. */
export function readNewChanges(
  db: Database,
  { transactionId, id }: ChangePosition,
  limit: number,
): Promise<(ChangeRow & { readonly isFinal: boolean })[]> {
  return db.query(
    `/* changes.new */
    select ${COLUMNS}, ${IS_FINAL} as "isFinal" from change_log entry
    where (entry.transaction_id, entry.id) > ($1::xid8, $2::bigint)
    order by entry.transaction_id, entry.id limit $3`,
    [transactionId, id, limit],
  );
}
