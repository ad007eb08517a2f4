/** Replaces and cancels stored orders, within the caller's transaction. Validates no input. */
import { and, eq, isNull } from 'drizzle-orm';

import type { Database } from '#platform/database/database.ts';
import { deriveId } from '#platform/ids.ts';

import { guestCustomerId } from '../guest.ts';
import type { LineRecord, StoredLine } from './lines.ts';
import { type Draft, type OrderRecord, startDrafts, type WrittenOrder, writeOrders } from './writer.ts';
import type { PersonalKey } from '../queries.ts';
import { events, orderLines, orders } from '../tables.ts';

/**
 * Replaces each stored order by its record: lines, kind, time, country and channel, and no cancellation. An order that
 * is not stored is created. Links between a changed order and its returns are deleted, for `linkReturns` to find again.
 * A fixed number of statements.
 * @param records of different orders
 */
export async function replaceOrders(
  tx: Database,
  records: readonly OrderRecord[],
  at: Date,
): Promise<readonly WrittenOrder[]> {
  const drafts = await startDrafts(tx, records);
  const changed = new Set([...drafts.values()].filter(isChanged).map(({ record }) => record));
  await deleteOrders(
    tx,
    [...drafts.values()].filter((draft) => !draft.isNew && changed.has(draft.record)),
    at,
  );
  const written = await writeOrders(tx, records, at);
  const isStored = new Set([...drafts.values()].filter(({ isNew }) => !isNew).map(({ record }) => record));
  return written.map((order, index) =>
    order.outcome === 'created' && isStored.has(records[index]!) ? { ...order, outcome: 'updated' } : order,
  );
}

function isChanged({ record, head, stored }: Draft): boolean {
  return (
    head === null ||
    head.isCancelled ||
    head.kind !== record.kind ||
    head.placedAt.getTime() !== record.placedAtMs ||
    head.country !== record.country ||
    head.channel !== record.channel ||
    stored.length !== record.lines.length ||
    stored.some((line, index) => !isSameLine(line, record.lines[index]!))
  );
}

function isSameLine(stored: StoredLine, line: LineRecord): boolean {
  return (
    stored.productId === line.productId &&
    stored.quantity === line.quantity &&
    stored.unitPrice === line.unitPrice &&
    stored.amount === line.amount &&
    stored.placedAtMs === line.placedAtMs &&
    stored.repeatCount === line.repeatCount
  );
}

async function deleteOrders(tx: Database, drafts: readonly Draft[], at: Date): Promise<void> {
  if (drafts.length === 0) return;
  const keys = [drafts.map(({ record }) => record.customerId), drafts.map(({ orderId }) => orderId)] as const;
  await unlinkReturns(tx, [...keys, at]);
  for (const table of ['events', 'order_lines']) {
    await tx.query(
      `/* events.replaced.${table} */
      delete from ${table} where customer_id = any($1::uuid[]) and order_id = any($2::uuid[])`,
      keys,
    );
  }
  await tx.query(
    `/* events.replaced.orders */
    delete from orders where customer_id = any($1::uuid[]) and id = any($2::uuid[])`,
    keys,
  );
}

function unlinkReturns(
  tx: Database,
  parameters: readonly [customerIds: readonly string[], ids: readonly string[], at: Date],
): Promise<unknown> {
  return tx.query(
    `/* events.unlinkReturns */
    update orders o set original_order_id = null, updated_at = $3::timestamptz
    where o.customer_id = any($1::uuid[]) and o.original_order_id = any($2::uuid[])`,
    parameters,
  );
}

/**
 * Cancels a stored order: its lines are not counted, its returns are unlinked, and the timeline gets an entry.
 * @returns the id of the timeline entry, which a guest's order lacks; undefined where it was cancelled before
 */
export async function cancelStoredOrder(
  tx: Database,
  { customerId, id }: PersonalKey,
  cancelledAt: Date,
  recordedAt: Date,
): Promise<string | undefined> {
  const cancelled = await tx.orm
    .update(orders)
    .set({ cancelledAt, updatedAt: recordedAt })
    .where(and(eq(orders.customerId, customerId), eq(orders.id, id), isNull(orders.cancelledAt)))
    .returning({ source: orders.source, number: orders.number });
  const [order] = cancelled;
  if (order === undefined) return undefined;
  await tx.orm
    .update(orderLines)
    .set({ isCounted: false })
    .where(and(eq(orderLines.customerId, customerId), eq(orderLines.orderId, id)));
  await unlinkReturns(tx, [[customerId], [id], recordedAt]);
  const eventId = deriveId(cancelledAt.getTime(), customerId, order.source, order.number, 'cancelled');
  if (customerId === guestCustomerId) return eventId;
  await tx.orm
    .insert(events)
    .values({
      customerId,
      occurredAt: cancelledAt,
      id: eventId,
      kind: 'order_cancelled',
      source: order.source,
      orderId: id,
      properties: {},
      recordedAt,
      updatedAt: recordedAt,
    })
    .onConflictDoNothing();
  return eventId;
}
