/** Makes deliveries of the entries of the change log, for each webhook that wants them. Sends none. */
import { encodeCursor, type Page } from '#graphql/connections.ts';
import { GlobalId } from '#graphql/global-id.ts';
import { changeFeed, isBefore } from '#changes/feed.ts';
import { type ChangeRow, changesInOrder, readChangePage } from '#changes/queries.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';
import { and, eq, isNull } from 'drizzle-orm';

import { readMembersAmong, webhookResource, type WebhookRow } from './queries.ts';
import { webhooks } from './tables.ts';

const ENTRIES_PER_TURN = 500;

/** @returns how many entries were read; 0 where the log has no more */
export async function enqueueDeliveries(app: App): Promise<number> {
  const active = await app.db.orm
    .select({ id: webhooks.id, transactionId: webhooks.cursorTransaction, entryId: webhooks.cursorId })
    .from(webhooks)
    .where(and(isNull(webhooks.archivedAt), isNull(webhooks.disabledAt)));
  const end = await changeFeed(app).end();
  let count = 0;
  for (const { id, transactionId, entryId } of active) {
    if (!isBefore({ transactionId, id: entryId }, end)) continue;
    count += await app.db.transaction((tx) => enqueueSome(tx, id, app.clock()));
  }
  return count;
}

/** The place in the log moves in the transaction of the deliveries, so that none is missed and none is made twice. */
async function enqueueSome(tx: Database, webhookId: string, now: Date): Promise<number> {
  const webhook = await webhookResource.lock(tx, webhookId);
  const page: Page = {
    order: changesInOrder.order,
    size: ENTRIES_PER_TURN,
    limit: ENTRIES_PER_TURN,
    isBackward: false,
    after: [webhook.cursorTransaction, String(webhook.cursorId)],
    before: null,
  };
  const entries = await readChangePage(tx, { kinds: null, customerId: null }, page);
  const last = entries.at(-1);
  if (last === undefined) return 0;
  await insertDeliveries(tx, webhook, await wanted(tx, webhook, entries), now);
  await tx.orm
    .update(webhooks)
    .set({ cursorTransaction: last.transactionId, cursorId: last.id })
    .where(eq(webhooks.id, webhookId));
  return entries.length;
}

async function wanted(
  tx: Database,
  { kinds, segmentId }: WebhookRow,
  entries: readonly ChangeRow[],
): Promise<readonly ChangeRow[]> {
  const told = entries.filter(
    ({ kind, isBlanked }) => !isBlanked && (kinds === null || kinds.includes(kind)),
  );
  if (segmentId === null) return told;
  const customerIds = new Set(told.flatMap(({ customerId }) => customerId ?? []));
  const members = await readMembersAmong(tx, segmentId, [...customerIds]);
  return told.filter(
    ({ kind, subjectId, customerId }) =>
      // Also who leaves it, and is no member any more.
      (kind.startsWith('segment_') && subjectId === segmentId) ||
      (customerId !== null && members.has(customerId)),
  );
}

async function insertDeliveries(
  tx: Database,
  { id }: WebhookRow,
  entries: readonly ChangeRow[],
  now: Date,
): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `/* webhooks.enqueue */
    insert into webhook_deliveries (id, webhook_id, transaction_id, change_id, customer_id, kind, payload, status,
      attempt_count, next_attempt_at, created_at)
    select id, $1::uuid, transaction_id::xid8, change_id, customer_id, kind, payload, 'waiting', 0, $8::timestamptz,
      $8::timestamptz
    from unnest($2::uuid[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::text[]::jsonb[])
      as entry (id, transaction_id, change_id, customer_id, kind, payload)
    on conflict (webhook_id, transaction_id, change_id) do nothing`,
    [
      id,
      entries.map(() => createId(now.getTime())),
      entries.map(({ transactionId }) => transactionId),
      entries.map((entry) => String(entry.id)),
      entries.map(({ customerId }) => customerId),
      entries.map(({ kind }) => kind),
      entries.map((entry) => JSON.stringify(payloadOf(entry))),
      now,
    ],
  );
}

/** As the Standard Webhooks specification has it: a type, a time, and the data; ids and names of facts alone. */
function payloadOf(entry: ChangeRow): object {
  const { kind, recordedAt, customerId, subjectId, details } = entry;
  return {
    type: kind.replace('_', '.'),
    timestamp: recordedAt,
    data: {
      cursor: encodeCursor(changesInOrder.order.name, changesInOrder.cursorOf(entry)),
      customerId: customerId === null ? null : globalId('Customer', customerId),
      ...(subjectId === null ? {} : subjectOf(entry, subjectId)),
      ...details,
    },
  };
}

function subjectOf({ kind, customerId }: ChangeRow, subjectId: string): object {
  if (kind.startsWith('order_')) return { orderId: globalId('Order', `${customerId}:${subjectId}`) };
  if (kind.startsWith('segment_')) return { segmentId: globalId('Segment', subjectId) };
  if (kind.startsWith('list_')) return { listId: globalId('CustomerList', subjectId) };
  if (kind.startsWith('product_')) return { productId: globalId('Product', subjectId) };
  return { otherCustomerId: globalId('Customer', subjectId) };
}

function globalId(type: string, id: string): string {
  return new GlobalId(`${type}:`, id).toString();
}
