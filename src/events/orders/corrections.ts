/** Replaces and cancels stored orders, within the caller's transaction. Checks no input. */
import type { Database } from '#platform/database/database.ts';
import { deriveId } from '#platform/ids.ts';

import { guestCustomerId } from '../guest.ts';
import type { LineRecord, StoredLine } from './lines.ts';
import { type Draft, type OrderRecord, startDrafts, type WrittenOrder, writeOrders } from './writer.ts';
import type { PersonalKey } from '../queries.ts';

/**
 * Makes each stored order say what its record says: other lines, kind, time, country and channel than it had, and no
 * longer cancelled. An order that is not stored is created. Links between a changed order and its returns are dropped,
 * for `linkReturns` to find again. A fixed number of statements.
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

async function deleteOrders(tx: Database, drafts: readonly Draft[]): Promise<void> {
  if (drafts.length === 0) return;
  const keys = [drafts.map(({ record }) => record.customerId), drafts.map(({ orderId }) => orderId)];
  await unlinkReturns(tx, keys);
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

function unlinkReturns(tx: Database, keys: readonly (readonly string[])[]): Promise<unknown> {
  return tx.query(
    `/* events.unlinkReturns */
    update orders o set original_order_id = null
    where o.customer_id = any($1::uuid[]) and o.original_order_id = any($2::uuid[])`,
    keys,
  );
}

/**
 * Cancels a stored order: its lines no longer count, its returns are linked to it no more, and the timeline says when.
 * @returns the id of the entry on the timeline, which a guest has none of; undefined where it was cancelled before
 */
export async function cancelStoredOrder(
  tx: Database,
  { customerId, id }: PersonalKey,
  cancelledAt: Date,
  recordedAt: Date,
): Promise<string | undefined> {
  const cancelled = await tx.query<{ source: string; number: string }>(
    `/* events.cancelOrder */
    update orders set cancelled_at = $3::timestamptz
    where customer_id = $1::uuid and id = $2::uuid and cancelled_at is null returning source, number`,
    [customerId, id, cancelledAt],
  );
  const [order] = cancelled;
  if (order === undefined) return undefined;
  await tx.query(
    `/* events.uncountLines */
    update order_lines set is_counted = false where customer_id = $1::uuid and order_id = $2::uuid`,
    [customerId, id],
  );
  await unlinkReturns(tx, [[customerId], [id]]);
  const eventId = deriveId(cancelledAt.getTime(), customerId, order.source, order.number, 'cancelled');
  if (customerId === guestCustomerId) return eventId;
  await tx.query(
    `/* events.orderCancelled */
    insert into events (customer_id, occurred_at, id, kind, source, order_id, properties, recorded_at)
    values ($1::uuid, $2::timestamptz, $3::uuid, 'order_cancelled', $4, $5::uuid, '{}', $6::timestamptz)
    on conflict (customer_id, occurred_at, id) do nothing`,
    [customerId, cancelledAt, eventId, order.source, id, recordedAt],
  );
  return eventId;
}
