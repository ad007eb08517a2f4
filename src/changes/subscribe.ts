/** The entries of the change log as they come, for one subscriber. Knows no transport. */
import { type Page, readCursor } from '#graphql/connections.ts';
import type { RequestContext } from '#platform/request.ts';

import { changeFeed, isBefore } from './feed.ts';
import {
  type ChangeFilter,
  type ChangePosition,
  type ChangeRow,
  changesInOrder,
  readChangePage,
} from './queries.ts';
import { checkNotPruned } from './retention.ts';

const ENTRIES_PER_READ = 100;

/** A filter, with the part that needs the entry itself. */
export interface SubscriptionFilter extends ChangeFilter {
  /** The segment, list, order or product; null for all. */
  readonly subjectId?: string | null | undefined;
}

/**
 * Reads no further than its reader: a slow reader delays reads of the log and needs no memory.
 * @param after a cursor to continue from; null starts now
 * @throws {GraphQLError} with code CURSOR_EXPIRED, or BAD_USER_INPUT: not a cursor of the log
 */
export async function subscribeToChanges(
  context: RequestContext,
  filter: SubscriptionFilter,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<ChangeRow>> {
  const { app, db } = context;
  const start = after == null ? await changeFeed(app).now() : readPosition(after);
  if (after != null) await checkNotPruned(app, db, start);
  const leaving = new AbortController();
  const signal = AbortSignal.any([context.signal, leaving.signal]);
  const entries = follow(context, filter, start, signal);
  const events: AsyncIterableIterator<ChangeRow> = {
    next: () => entries.next(),
    // A generator that waits takes no notice of `return` before it is woken.
    return() {
      leaving.abort();
      return entries.return(undefined);
    },
    [Symbol.asyncIterator]: () => events,
  };
  return events;
}

function readPosition(cursor: string): ChangePosition {
  const [transactionId, id] = readCursor(cursor, changesInOrder.order, 'after') as readonly [string, string];
  return { transactionId, id: Number(id) };
}

async function* follow(
  { app }: RequestContext,
  filter: SubscriptionFilter,
  start: ChangePosition,
  signal: AbortSignal,
): AsyncGenerator<ChangeRow, void, undefined> {
  const feed = changeFeed(app);
  let position = start;
  while (!signal.aborted) {
    const held = feed.after(position);
    if (held?.length === 0) {
      await feed.grows(signal);
      continue;
    }
    if (held !== null) {
      for (const entry of held) {
        position = entry;
        if (isAsked(filter, entry)) yield entry;
      }
      continue;
    }
    const end = await feed.end();
    const page: Page = {
      order: changesInOrder.order,
      size: ENTRIES_PER_READ,
      limit: ENTRIES_PER_READ,
      isBackward: false,
      after: [position.transactionId, String(position.id)],
      before: null,
    };
    // Not by the statements of the request: a subscription takes no turn from its caller's queries.
    const read = await readChangePage(app.root?.db ?? app.db, filter, page);
    for (const entry of read) {
      position = entry;
      if (isAsked(filter, entry)) yield entry;
    }
    // All that was final when the feed was asked is read.
    if (read.length < ENTRIES_PER_READ && isBefore(position, end)) position = end;
  }
}

function isAsked({ kinds, customerId, subjectId = null }: SubscriptionFilter, entry: ChangeRow): boolean {
  return (
    (kinds === null || kinds.includes(entry.kind)) &&
    (customerId === null || entry.customerId === customerId) &&
    (subjectId === null || entry.subjectId === subjectId)
  );
}
