/** Retention of the change log, and the error for a cursor that is too old. */
import { sql } from 'drizzle-orm';

import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { installation } from '#platform/tables.ts';

import { cursorExpiredError } from './errors.ts';
import type { ChangePosition } from './queries.ts';

const DAY_MS = 86_400_000;
const ENTRIES_PER_STATEMENT = 10_000;
/** Holds the place of the newest entry that is gone, as `transaction:id`. */
const PRUNED_KEY = 'changes.pruned';

/**
 * Removes the entries before the first that is recent enough, in the order of the log, which leaves no gap. The
 * position is stored before anything is removed.
 * @returns number of removed entries
 */
export async function pruneChanges(app: App, signal?: AbortSignal): Promise<number> {
  const { db, config } = app;
  const cutoff = new Date(app.clock().getTime() - config.changeRetentionDays * DAY_MS);
  let count = 0;
  for (;;) {
    signal?.throwIfAborted();
    const removed = await db.transaction((tx) => pruneSome(tx, cutoff));
    count += removed;
    if (removed < ENTRIES_PER_STATEMENT) return count;
  }
}

async function pruneSome(tx: Database, cutoff: Date): Promise<number> {
  const old = await tx.query<ChangePosition & { isOld: boolean }>(
    `/* changes.oldest */
    select transaction_id::text as "transactionId", id, recorded_at < $1::timestamptz as "isOld"
    from change_log where transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    order by transaction_id, id limit $2`,
    [cutoff, ENTRIES_PER_STATEMENT],
  );
  const firstYoung = old.findIndex(({ isOld }) => !isOld);
  const count = firstYoung === -1 ? old.length : firstYoung;
  if (count === 0) return 0;
  const { transactionId, id } = old[count - 1]!;
  const value = `${transactionId}:${id}`;
  await tx.orm
    .insert(installation)
    .values({ key: PRUNED_KEY, value })
    .onConflictDoUpdate({ target: installation.key, set: { value: sql`excluded.value` } });
  await tx.query(
    `/* changes.prune */
    delete from change_log where (transaction_id, id) <= ($1::xid8, $2::bigint)`,
    [transactionId, id],
  );
  return count;
}

/**
 * Puts entries first whose transactions have numbers that are yet to come: they were restored from the dump of another
 * server, and would be listed among those that are new here.
 */
export async function adoptRestoredChanges(db: Database): Promise<void> {
  await db.query(
    `/* changes.adoptRestored */
    update change_log set transaction_id = '0'::xid8 where transaction_id >= pg_snapshot_xmax(pg_current_snapshot())`,
  );
}

/**
 * Call once the entries after the position are read: an entry that was removed before the read is known here.
 * @throws {GraphQLError} with code CURSOR_EXPIRED
 */
export async function checkNotPruned(app: App, db: Database, after: ChangePosition): Promise<void> {
  const [row] = await db.query<{ pruned: string | null; isOfOtherServer: boolean }>(
    `/* changes.pruned */
    select (select value from installation where key = '${PRUNED_KEY}') as pruned,
      $1::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) as "isOfOtherServer"`,
    [after.transactionId],
  );
  const { pruned, isOfOtherServer } = row!;
  if (isOfOtherServer || isBefore(after, pruned ?? '0:0')) {
    throw cursorExpiredError(app.config.changeRetentionDays);
  }
}

function isBefore({ transactionId, id }: ChangePosition, pruned: string): boolean {
  const [prunedTransaction, prunedId] = pruned.split(':').map(BigInt) as [bigint, bigint];
  const transaction = BigInt(transactionId);
  return transaction < prunedTransaction || (transaction === prunedTransaction && BigInt(id) < prunedId);
}
