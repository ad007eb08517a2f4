/** Writes orders with their lines and timeline entries, within the caller's transaction. Validates no input. */
import { BinaryCopy } from '#platform/database/binary-copy.ts';
import type { Database } from '#platform/database/database.ts';
import { deriveId } from '#platform/ids.ts';

import { guestCustomerId } from '../guest.ts';
import { formatMoney } from '../money.ts';
import { addMissingLines, type LineRecord, type StoredLine } from './lines.ts';
import { areLinesCounted } from './purchases.ts';

export type OrderKind = 'sale' | 'return' | 'adjustment';

/** A validated order. Its customer is locked and active, or the guest. */
export interface OrderRecord {
  readonly customerId: string;
  readonly source: string;
  readonly number: string;
  readonly kind: OrderKind;
  readonly placedAtMs: number;
  readonly currency: string;
  readonly country: string | null;
  readonly channel: string | null;
  readonly lines: readonly LineRecord[];
}

export interface WrittenOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly addedLineCount: number;
}

/** Kind of the timeline entry of an order; its id is the order's own. */
export const EVENT_KINDS: Readonly<Record<OrderKind, string>> = {
  sale: 'order_placed',
  return: 'order_returned',
  adjustment: 'order_adjusted',
};

/** The new state of an order: its stored part, and the additions. */
export interface Draft {
  readonly record: OrderRecord;
  readonly orderId: string;
  readonly isNew: boolean;
  /** The stored order without lines; null for a new one. Added lines count as the stored ones do. */
  readonly head: StoredHead | null;
  /** The stored lines, by line number from 1. */
  readonly stored: readonly StoredLine[];
  readonly added: LineRecord[];
  readonly raised: Map<number, number>;
}

/**
 * Writes the orders in a fixed number of statements. An order is identified by customer, source and number; a stored
 * one only gains missing lines, so that it is idempotent for the same orders or a part of them. The caller then updates
 * the customers (`customer-activity.ts`).
 */
export async function writeOrders(
  tx: Database,
  records: readonly OrderRecord[],
  at: Date,
): Promise<readonly WrittenOrder[]> {
  const drafts = await startDrafts(tx, records);
  const written = records.map((record): WrittenOrder => {
    const draft = drafts.get(keyOf(record))!;
    const { orderId } = draft;
    const { customerId } = record;
    if (draft.record === record && draft.isNew) {
      draft.added.push(...record.lines);
      return { orderId, customerId, outcome: 'created', addedLineCount: record.lines.length };
    }
    const { addedLineCount, raisedCount } = addMissingLines(draft, record.lines);
    const outcome = addedLineCount + raisedCount > 0 ? 'updated' : 'unchanged';
    return { orderId, customerId, outcome, addedLineCount };
  });
  const changed = [...drafts.values()].filter(({ added, raised }) => added.length + raised.size > 0);
  const created = changed.filter(({ isNew }) => isNew);
  await copyOrders(tx, created, at);
  await copyLines(tx, changed);
  await copyEvents(tx, created, at);
  await updateStored(
    tx,
    changed.filter(({ isNew }) => !isNew),
    at,
  );
  return written;
}

const keyOf = ({
  customerId,
  source,
  number,
}: Pick<OrderRecord, 'customerId' | 'source' | 'number'>): string => `${customerId} ${source}\u0000${number}`;

interface StoredHead extends Pick<
  OrderRecord,
  'customerId' | 'source' | 'number' | 'kind' | 'country' | 'channel'
> {
  readonly id: string;
  readonly placedAt: Date;
  readonly isCancelled: boolean;
}

/** The stored state of each order of the records. */
export async function startDrafts(
  tx: Database,
  records: readonly OrderRecord[],
): Promise<Map<string, Draft>> {
  const known = await tx.query<StoredHead>(
    `/* events.knownOrders */
    select o.id, o.customer_id as "customerId", o.source, o.number, o.kind, o.placed_at as "placedAt", o.country,
      o.channel, o.cancelled_at is not null as "isCancelled"
    from orders o
    where o.customer_id = any($1::uuid[])
      and (o.customer_id, o.source, o.number) in (select * from unnest($1::uuid[], $2::text[], $3::text[]))`,
    [
      records.map(({ customerId }) => customerId),
      records.map(({ source }) => source),
      records.map(({ number }) => number),
    ],
  );
  const stored = await readLines(tx, known);
  const knownByKey = new Map(known.map((order) => [keyOf(order), order]));
  const drafts = new Map<string, Draft>();
  for (const record of records) {
    const key = keyOf(record);
    if (drafts.has(key)) continue;
    const head = knownByKey.get(key) ?? null;
    drafts.set(key, {
      record,
      orderId: head?.id ?? deriveId(record.placedAtMs, record.customerId, record.source, record.number),
      isNew: head === null,
      head,
      stored: head === null ? [] : (stored.get(head.id) ?? []),
      added: [],
      raised: new Map(),
    });
  }
  return drafts;
}

async function readLines(
  tx: Database,
  orders: readonly { readonly id: string; readonly customerId: string }[],
): Promise<Map<string, StoredLine[]>> {
  const linesByOrder = new Map<string, StoredLine[]>();
  if (orders.length === 0) return linesByOrder;
  const lines = await tx.query<StoredLine & { orderId: string }>(
    `/* events.knownLines */
    select l.order_id as "orderId", l.line_number as "lineNumber", l.product_id as "productId", l.quantity,
      (l.unit_price * 10000)::bigint as "unitPrice", (l.amount * 10000)::bigint as amount, (extract(epoch from l.placed_at) * 1000)::bigint as "placedAtMs",
      l.repeat_count as "repeatCount"
    from order_lines l where l.customer_id = any($1::uuid[]) and l.order_id = any($2::uuid[])
    order by l.customer_id, l.order_id, l.line_number`,
    [[...new Set(orders.map(({ customerId }) => customerId))], orders.map(({ id }) => id)],
  );
  for (const line of lines) {
    const known = linesByOrder.get(line.orderId);
    if (known === undefined) linesByOrder.set(line.orderId, [line]);
    else known.push(line);
  }
  return linesByOrder;
}

async function copyOrders(tx: Database, drafts: readonly Draft[], at: Date): Promise<void> {
  if (drafts.length === 0) return;
  await tx.copyIn(
    `/* events.copyOrders */ copy orders (customer_id, id, source, number, kind, placed_at, currency, total, item_count,
    line_count, country, channel, updated_at) from stdin (format binary)`,
    encodeOrders(drafts, at.getTime()),
  );
}

function* encodeOrders(drafts: readonly Draft[], atMs: number): Generator<Uint8Array> {
  const rows = new BinaryCopy(13);
  for (const draft of drafts) {
    encodeOrder(draft, atMs, rows);
    if (rows.isFull) yield rows.take();
  }
  yield rows.finish();
}

/**
 * A separate function, like the one below: V8 does not optimise the body of a generator well (20 MB of iterators in an
 * import).
 */
function encodeOrder({ record, orderId, added }: Draft, atMs: number, rows: BinaryCopy): void {
  let total = 0;
  let itemCount = 0;
  for (const { quantity, amount } of added) {
    total += amount;
    itemCount += quantity;
  }
  rows.startRow();
  rows.uuid(rows.readId(record.customerId));
  rows.uuid(rows.readId(orderId));
  rows.text(record.source);
  rows.text(record.number);
  rows.text(record.kind);
  rows.instant(record.placedAtMs);
  rows.text(record.currency);
  rows.money(total);
  rows.integer(itemCount);
  rows.integer(added.length);
  rows.textOrNull(record.country);
  rows.textOrNull(record.channel);
  rows.instant(atMs);
}

async function copyLines(tx: Database, drafts: readonly Draft[]): Promise<void> {
  if (drafts.every(({ added }) => added.length === 0)) return;
  await tx.copyIn(
    `/* events.copyLines */ copy order_lines (customer_id, order_id, line_number, product_id, quantity, unit_price,
    amount, placed_at, repeat_count, is_counted) from stdin (format binary)`,
    encodeLines(drafts),
  );
}

function* encodeLines(drafts: readonly Draft[]): Generator<Uint8Array> {
  const rows = new BinaryCopy(10);
  for (const draft of drafts) {
    encodeLinesOf(draft, rows);
    if (rows.isFull) yield rows.take();
  }
  yield rows.finish();
}

function encodeLinesOf({ record, head, orderId, stored, added }: Draft, rows: BinaryCopy): void {
  const customer = rows.readId(record.customerId);
  const order = rows.readId(orderId);
  const isCounted = areLinesCounted(head ?? { kind: record.kind, isCancelled: false });
  let lineNumber = stored.at(-1)?.lineNumber ?? 0;
  for (const { productId, quantity, unitPrice, amount, placedAtMs, repeatCount } of added) {
    lineNumber += 1;
    rows.startRow();
    rows.uuid(customer);
    rows.uuid(order);
    rows.integer(lineNumber);
    rows.uuid(rows.readId(productId));
    rows.integer(quantity);
    rows.money(unitPrice);
    rows.money(amount);
    rows.instant(placedAtMs);
    rows.integer(repeatCount);
    rows.boolean(isCounted);
  }
}

/** A guest's sale is on no timeline. */
async function copyEvents(tx: Database, drafts: readonly Draft[], at: Date): Promise<void> {
  const personal = drafts.filter(({ record }) => record.customerId !== guestCustomerId);
  if (personal.length === 0) return;
  await tx.copyIn(
    `/* events.copyOrderEvents */ copy events (customer_id, occurred_at, id, kind, source, order_id, properties,
    recorded_at, updated_at) from stdin (format binary)`,
    encodeEvents(personal, at),
  );
}

function* encodeEvents(drafts: readonly Draft[], at: Date): Generator<Uint8Array> {
  const rows = new BinaryCopy(9);
  for (const { record, orderId } of drafts) {
    rows.startRow();
    rows.uuid(rows.readId(record.customerId));
    rows.instant(record.placedAtMs);
    rows.uuid(rows.readId(orderId));
    rows.text(EVENT_KINDS[record.kind]);
    rows.text(record.source);
    rows.uuid(rows.readId(orderId));
    rows.json({});
    rows.instant(at.getTime());
    rows.instant(at.getTime());
    if (rows.isFull) yield rows.take();
  }
  yield rows.finish();
}

async function updateStored(tx: Database, drafts: readonly Draft[], at: Date): Promise<void> {
  if (drafts.length === 0) return;
  const raised = drafts.flatMap(({ record: { customerId }, orderId, raised }) =>
    [...raised].map(([lineNumber, repeatCount]) => ({ customerId, orderId, lineNumber, repeatCount })),
  );
  await tx.query(
    `/* events.raiseRepeats */
    update order_lines l set repeat_count = raised.repeat_count
    from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) as raised(customer_id, order_id, line_number, repeat_count)
    where l.customer_id = raised.customer_id and l.order_id = raised.order_id and l.line_number = raised.line_number
      and l.customer_id = any($1::uuid[])`,
    [
      raised.map(({ customerId }) => customerId),
      raised.map(({ orderId }) => orderId),
      raised.map(({ lineNumber }) => lineNumber),
      raised.map(({ repeatCount }) => repeatCount),
    ],
  );
  await tx.query(
    `/* events.addToOrders */
    update orders o
    set total = o.total + more.total, item_count = o.item_count + more.items, line_count = o.line_count + more.lines,
      updated_at = $6::timestamptz
    from unnest($1::uuid[], $2::uuid[], $3::numeric[], $4::int[], $5::int[]) as more(customer_id, id, total, items, lines)
    where o.customer_id = more.customer_id and o.id = more.id and o.customer_id = any($1::uuid[])`,
    [
      drafts.map(({ record }) => record.customerId),
      drafts.map(({ orderId }) => orderId),
      drafts.map(({ added }) => formatMoney(added.reduce((sum, { amount }) => sum + amount, 0))),
      drafts.map(({ added }) => added.reduce((sum, line) => sum + line.quantity, 0)),
      drafts.map(({ added }) => added.length),
      at,
    ],
  );
}
