/**
 * Common options of batches about customers: whether an invalid row stops the others, and a key that makes the batch
 * idempotent.
 */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { type KeyedCall, runOncePerKey } from '#platform/idempotency.ts';
import type { ItemChecks } from '#platform/input/item-checks.ts';
import type { InvalidItem, ItemErrorCode, ItemResult, OnError } from '#platform/input/item-errors.ts';

import { type Change, changeAndSettle } from '../change-customers.ts';

/** Rows of one call. */
export const MAX_BATCH_ROWS = 1000;

export interface BatchOptions {
  readonly onError?: OnError;
  /** Null where the caller gave no key: the call may then run again. */
  readonly call?: KeyedCall | null;
}

/** The stored result of a row under the key of its call: without texts of the row, which may be contact data. */
type Kept<Written> =
  | { readonly written: Written }
  | { readonly skipped: readonly { readonly field: string; readonly code: ItemErrorCode }[] };

/** Rows that were written, in their order, and who changed. */
type WriteRows<Written> = (tx: Database, checks: ItemChecks) => Promise<Change<ReadonlyMap<number, Written>>>;

/**
 * Runs a batch in one transaction, once for its key.
 * @param checks errors of the rows themselves; `write` gets a copy to add to
 */
export async function runBatch<Written>(
  app: App,
  rowCount: number,
  checks: ItemChecks,
  { call = null }: BatchOptions,
  write: WriteRows<Written>,
): Promise<readonly ItemResult<Written>[]> {
  const at = app.clock();
  return changeAndSettle(app, undefined, async (tx) => {
    let changed: ReadonlySet<string> = new Set();
    let found = checks;
    const run = async (): Promise<Kept<Written>[]> => {
      found = checks.copy();
      const { result, changed: ids } = await write(tx, found);
      changed = ids;
      return Array.from({ length: rowCount }, (_, index): Kept<Written> => {
        const written = result.get(index);
        if (written !== undefined) return { written };
        return { skipped: found.errorsOf(index).map(({ field, code }) => ({ field, code })) };
      });
    };
    const kept = call === null ? await run() : await runOncePerKey(app, tx, call, at, run);
    return { result: kept.map((row, index) => toResult(row, index, found)), changed };
  });
}

function toResult<Written>(row: Kept<Written>, index: number, checks: ItemChecks): ItemResult<Written> {
  if ('written' in row) return { index, written: row.written, errors: [] };
  const errors = checks.errorsOf(index);
  return { index, written: null, errors: errors.length > 0 ? errors : row.skipped.map(toPastError) };

  function toPastError({ field, code }: Pick<InvalidItem, 'field' | 'code'>): InvalidItem {
    const message = 'skipped when this call came first; to try again, send the row under another key';
    return { index, field, code, message };
  }
}
