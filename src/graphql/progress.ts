/** Rows that are read again and again, as events of a subscription. No SQL. */
import type { Database } from '#platform/database/database.ts';
import type { RequestContext } from '#platform/request.ts';
import { setTimeout as wait } from 'node:timers/promises';

const READ_EVERY_MS = 500;

export interface Followed<Row> {
  readonly read: (db: Database) => Promise<readonly Row[]>;
  readonly keyOf: (row: Row) => string;
  /** Rows with the same text say the same. */
  readonly stateOf: (row: Row) => string;
  /** The subscription ends after the row; never for a subscription to many rows. */
  readonly isLast?: (row: Row) => boolean;
}

/** Each row as it is when the subscription begins, and each time that it has changed since the reading before. */
export async function* followProgress<Row>(
  { app, signal }: Pick<RequestContext, 'app' | 'signal'>,
  { read, keyOf, stateOf, isLast = () => false }: Followed<Row>,
): AsyncGenerator<Row, void, undefined> {
  let known = new Map<string, string>();
  while (!signal.aborted) {
    // Not by the statements of the request: a subscription takes no turn from its caller's queries.
    const rows = await read(app.root?.db ?? app.db);
    const found = new Map(rows.map((row) => [keyOf(row), stateOf(row)]));
    const changed = rows.filter((row) => known.get(keyOf(row)) !== stateOf(row));
    known = found;
    for (const row of changed) {
      yield row;
      if (isLast(row)) return;
    }
    await wait(READ_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
