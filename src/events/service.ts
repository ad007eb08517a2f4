/** Writes and rules for what happened: the only way orders and events come in. */
import { ItemChecks } from '#catalog/checks.ts';
import { settleChanges } from '#customers/changes.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { DEADLOCK, retryOn, UNIQUE_VIOLATION } from '#platform/database/retry.ts';

import { checkEvents, type EventInput } from './event-input.ts';
import { type EventRecord, writeEvents, type WrittenEvent } from './event-writer.ts';
import { guestCustomerId } from './guest.ts';
import { parseMoney } from './money.ts';
import { replaceOrders } from './order-corrections.ts';
import { checkDifferent, checkOrders, type OrderInput } from './order-input.ts';
import { type OrderRecord, writeOrders, type WrittenOrder } from './order-writer.ts';
import { ensureEventPartitions } from './partitions.ts';
import { lockPeople, type People } from './people.ts';
import { linkReturns } from './returns.ts';
import { ordersThat, touchPeople } from './touch.ts';

export type OrderOutcome = Omit<WrittenOrder, 'addedLineCount'>;

const CHUNK_SIZE = 1000;

/** What becomes of an order that is stored already. */
export type OrderWriteMode = 'add-lines' | 'replace';

/**
 * Takes orders in by customer, source and number, all or none. An order that is there only gains the lines it lacks, or
 * becomes what the input says: the same orders again change nothing. Returns are linked to the sale they take back where that can be told.
 * @throws {InvalidItemsError} naming every item with an unknown customer or product, or a value that cannot be used.
 */
export async function recordOrders(
  app: App,
  orders: readonly OrderInput[],
  mode: OrderWriteMode = 'add-lines',
): Promise<readonly OrderOutcome[]> {
  checkOrders(orders);
  if (mode === 'replace') checkDifferent(orders);
  await ensureEventPartitions(
    app,
    orders.map(({ placedAt }) => placedAt.getTime()),
  );
  const at = app.clock();
  const write = mode === 'replace' ? replaceOrders : writeOrders;
  const outcomes = await retryOnConflict(() =>
    app.db.transaction(async (tx) => {
      const products = await readProductIds(
        tx,
        orders.flatMap(({ lines }) => lines),
      );
      const people = await lockPeople(
        tx,
        new Set(orders.flatMap(({ customerId }) => (customerId === null ? [] : [customerId]))),
      );
      const records = toOrderRecords(app, orders, products, people);
      const written: WrittenOrder[] = [];
      for (let start = 0; start < records.length; start += CHUNK_SIZE) {
        written.push(...(await write(tx, records.slice(start, start + CHUNK_SIZE), at)));
      }
      await touchPeople(tx, ordersThat(['created', 'updated'], records, written), people, at);
      await linkReturns(tx, peopleOf(written));
      return written;
    }),
  );
  await settleChanges(app, peopleOf(outcomes));
  return outcomes;
}

/**
 * Takes events in, all or none. The source's own id makes one known again: the same events again change nothing.
 * @throws {InvalidItemsError} naming every item with an unknown customer or product, or a value that cannot be used.
 */
export async function recordEvents(
  app: App,
  events: readonly EventInput[],
): Promise<readonly WrittenEvent[]> {
  checkEvents(events);
  await ensureEventPartitions(
    app,
    events.map(({ occurredAt }) => occurredAt.getTime()),
  );
  const at = app.clock();
  const outcomes = await retryOnConflict(() =>
    app.db.transaction(async (tx) => {
      const products = await readProductIds(tx, events);
      const people = await lockPeople(tx, new Set(events.map(({ customerId }) => customerId)));
      const records = toEventRecords(events, products, people);
      const written: WrittenEvent[] = [];
      for (let start = 0; start < records.length; start += CHUNK_SIZE) {
        written.push(...(await writeEvents(tx, records.slice(start, start + CHUNK_SIZE), people, at)));
      }
      return written;
    }),
  );
  await settleChanges(app, peopleOf(outcomes));
  return outcomes;
}

function peopleOf(written: readonly (OrderOutcome | WrittenEvent)[]): string[] {
  const changed = written.filter(
    ({ customerId, outcome }) => outcome !== 'unchanged' && customerId !== guestCustomerId,
  );
  return [...new Set(changed.map(({ customerId }) => customerId))];
}

/**
 * Another process may write the same order between our look and our write: on the next look it is there. Or it joins two
 * people while we hold one of them, and the server sends one of us back.
 */
export function retryOnConflict<T>(work: () => Promise<T>): Promise<T> {
  return retryOn([UNIQUE_VIOLATION, DEADLOCK], work);
}

interface ProductIds {
  readonly bySku: ReadonlyMap<string, string>;
  readonly ids: ReadonlySet<string>;
}

interface NamesProduct {
  readonly productId?: string | undefined;
  readonly sku?: string | undefined;
}

async function readProductIds(tx: Database, items: readonly NamesProduct[]): Promise<ProductIds> {
  const rows = await tx.query<{ id: string; sku: string }>(
    `/* events.products */
    select p.id, p.sku from products p where p.sku = any($1::text[]) or p.id = any($2::uuid[])`,
    [
      [...new Set(items.flatMap(({ sku }) => sku ?? []))],
      [...new Set(items.flatMap(({ productId }) => productId ?? []))],
    ],
  );
  return { bySku: new Map(rows.map(({ id, sku }) => [sku, id])), ids: new Set(rows.map(({ id }) => id)) };
}

function productIdOf({ productId, sku }: NamesProduct, { bySku, ids }: ProductIds): string | undefined {
  if (sku !== undefined) return bySku.get(sku);
  return productId !== undefined && ids.has(productId) ? productId : undefined;
}

function toOrderRecords(
  app: App,
  orders: readonly OrderInput[],
  products: ProductIds,
  people: People,
): OrderRecord[] {
  const checks = new ItemChecks();
  const records = orders.map((order, index): OrderRecord => {
    const customerId = order.customerId === null ? guestCustomerId : people.get(order.customerId)?.id;
    if (customerId === undefined) checks.add(index, 'customerId', `there is no customer ${order.customerId}`);
    const placedAtMs = order.placedAt.getTime();
    const lines = order.lines.map((line, position) => {
      const productId = productIdOf(line, products);
      if (productId === undefined) {
        checks.add(index, `lines.${position}`, `there is no product ${line.sku ?? line.productId}`);
      }
      const unitPrice = parseMoney(line.unitPrice)!;
      return { productId: productId ?? '', quantity: line.quantity, unitPrice, placedAtMs, repeatCount: 0 };
    });
    const itemCount = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    return {
      customerId: customerId ?? '',
      source: order.source,
      number: order.number,
      kind: order.kind ?? (itemCount < 0 ? 'return' : 'sale'),
      placedAtMs,
      currency: app.config.currency,
      country: order.country ?? null,
      channel: order.channel ?? null,
      lines,
    };
  });
  checks.throwIfAny();
  return records;
}

function toEventRecords(
  events: readonly EventInput[],
  products: ProductIds,
  people: People,
): readonly EventRecord[] {
  const checks = new ItemChecks();
  const records = events.map((event, index): EventRecord => {
    const customerId = people.get(event.customerId)?.id;
    if (customerId === undefined) checks.add(index, 'customerId', `there is no customer ${event.customerId}`);
    const namesProduct = event.sku !== undefined || event.productId !== undefined;
    const productId = productIdOf(event, products);
    if (namesProduct && productId === undefined) {
      checks.add(index, 'product', `there is no product ${event.sku ?? event.productId}`);
    }
    return { ...event, customerId: customerId ?? '', productId: productId ?? null };
  });
  checks.throwIfAny();
  return records;
}
