/** Writes and rules for orders and events: the only way to record them. */
import type { ItemChecks } from '#platform/input/item-checks.ts';
import type { ItemResult, OnError } from '#platform/input/item-errors.ts';
import { flushChanges } from '#customers/changes.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { DEADLOCK, retryOn, UNIQUE_VIOLATION } from '#platform/database/retry.ts';

import { type AboutPerson, BatchPeople, readNamedPeople } from './batch-customers.ts';
import { type EventInput, readEvents } from './event-input.ts';
import { type EventRecord, writeEvents, type WrittenEvent } from './event-writer.ts';
import { guestCustomerId } from './guest.ts';
import { replaceOrders } from './orders/corrections.ts';
import { checkDifferent, type OrderInput, readAmounts, readOrders } from './orders/input.ts';
import { kindOfLines } from './orders/lines.ts';
import { type OrderRecord, writeOrders, type WrittenOrder } from './orders/writer.ts';
import { ensureEventPartitions } from './partitions.ts';
import type { LockedCustomers } from './locked-customers.ts';
import { linkReturns } from './orders/returns.ts';
import { ordersThat, recordActivity, recordOrderChanges } from './customer-activity.ts';

export type OrderOutcome = Omit<WrittenOrder, 'addedLineCount'>;

const CHUNK_SIZE = 1000;

/** Policy for an order that is stored already. */
export type OrderWriteMode = 'add-lines' | 'replace';

export interface WriteOptions {
  readonly onError?: OnError;
  /**
   * Take part in this transaction. The caller made the partitions before it, begins again on a conflict, and calls
   * `flushChanges` after its commit.
   */
  readonly tx?: Database | undefined;
}

export interface OrderWriteOptions extends WriteOptions {
  readonly mode?: OrderWriteMode;
}

/**
 * Records orders by customer, source and number, all or none. A stored order only gains missing lines, or is replaced.
 * Idempotent. Returns are linked to their sale where it can be identified.
 * @throws {InvalidItemsError} naming every item with an unknown customer or product, or an invalid value.
 */
export async function recordOrders(
  app: App,
  orders: readonly OrderInput[],
  mode: OrderWriteMode = 'add-lines',
): Promise<readonly OrderOutcome[]> {
  return (await recordOrdersEach(app, orders, { mode })).map(({ written }) => written!);
}

/**
 * As `recordOrders`, with an outcome for each order.
 * @throws {InvalidItemsError} some are invalid, and none is to be skipped.
 */
export function recordOrdersEach(
  app: App,
  given: readonly OrderInput[],
  { mode = 'add-lines', ...options }: OrderWriteOptions = {},
): Promise<readonly ItemResult<OrderOutcome>[]> {
  const write = mode === 'replace' ? replaceOrders : writeOrders;
  const { items: orders, checks: valueChecks } = readOrders(given, app.clock());
  return writeList(app, orders, options, {
    checks: valueChecks,
    instantOf: ({ placedAt }) => placedAt,
    productsOf: ({ lines }) => lines.map((product, position) => ({ field: `lines.${position}`, product })),
    check(checks, people) {
      if (mode === 'replace') checkDifferent(orders, (index) => people.keyOf(index), checks);
    },
    async write(tx, held, { products, people, at }) {
      const records = held.map((order) => toOrderRecord(app, order, products));
      const written: WrittenOrder[] = [];
      for (let start = 0; start < records.length; start += CHUNK_SIZE) {
        written.push(...(await write(tx, records.slice(start, start + CHUNK_SIZE), at)));
      }
      await recordActivity(tx, ordersThat(['created', 'updated'], records, written), people, at);
      await recordOrderChanges(tx, records, written, at);
      await linkReturns(tx, peopleOf(written), at);
      return written;
    },
  });
}

/**
 * Records events, all or none. Idempotent by the source's own id.
 * @throws {InvalidItemsError} naming every item with an unknown customer or product, or an invalid value.
 */
export async function recordEvents(
  app: App,
  events: readonly EventInput[],
): Promise<readonly WrittenEvent[]> {
  return (await recordEventsEach(app, events)).map(({ written }) => written!);
}

/**
 * As `recordEvents`, with an outcome for each event.
 * @throws {InvalidItemsError} some are invalid, and none is to be skipped.
 */
export function recordEventsEach(
  app: App,
  given: readonly EventInput[],
  options: WriteOptions = {},
): Promise<readonly ItemResult<WrittenEvent>[]> {
  const { items: events, checks } = readEvents(given, app.clock());
  return writeList(app, events, options, {
    checks,
    instantOf: ({ occurredAt }) => occurredAt,
    productsOf: (event) =>
      event.sku === undefined && event.productId === undefined ? [] : [{ field: 'product', product: event }],
    async write(tx, held, { products, people, at }) {
      const records = held.map(({ item, customerId }): EventRecord => {
        return { ...item, customerId, productId: productIdOf(item, products) ?? null };
      });
      const written: WrittenEvent[] = [];
      for (let start = 0; start < records.length; start += CHUNK_SIZE) {
        written.push(
          ...(await writeEvents(tx, app.keyring, records.slice(start, start + CHUNK_SIZE), people, at)),
        );
      }
      return written;
    },
  });
}

interface Held<Item> {
  readonly item: Item;
  /** Of a locked, active customer, or the guest's. */
  readonly customerId: string;
}

interface ListWriter<Item, Written> {
  /** Checks of the values alone. */
  readonly checks: ItemChecks;
  readonly instantOf: (item: Item) => Date;
  /** Products that must exist, each under its name in errors. */
  readonly productsOf: (item: Item) => readonly { readonly field: string; readonly product: NamesProduct }[];
  /** Checks that depend on the customers. */
  readonly check?: (checks: ItemChecks, people: BatchPeople) => void;
  readonly write: (
    tx: Database,
    items: readonly Held<Item>[],
    known: { readonly products: ProductIds; readonly people: LockedCustomers; readonly at: Date },
  ) => Promise<readonly Written[]>;
}

/**
 * Writes a list in one transaction, with the customers that it creates. None is created before every item is known to
 * be valid or skipped. Products are read first, then customers are locked in the order of their ids.
 */
async function writeList<Item extends AboutPerson, Written extends OrderOutcome | WrittenEvent>(
  app: App,
  items: readonly Item[],
  { onError = 'reject_all', tx: outerTx }: WriteOptions,
  writer: ListWriter<Item, Written>,
): Promise<readonly ItemResult<Written>[]> {
  const named = readNamedPeople(app, items, writer.checks);
  const wellFormed = writer.checks.usable(items.length, onError).map((index) => items[index]!);
  const write = async (tx: Database) => {
    // Within the transaction, as followers of changes rely on; see `readSettledAt`.
    const at = app.clock();
    const checks = writer.checks.copy();
    const products = await readProductIds(
      tx,
      wellFormed.flatMap((item) => writer.productsOf(item)).map(({ product }) => product),
    );
    const people = await BatchPeople.hold(tx, named);
    people.check(checks, (index) => (items[index]!.customer == null ? 'customerId' : 'customer'));
    for (const [index, item] of items.entries()) {
      if (writer.checks.has(index)) continue;
      for (const { field, product } of writer.productsOf(item))
        checkProduct(checks, index, field, product, products);
    }
    writer.check?.(checks, people);
    const usable = checks.usable(items.length, onError);
    const made = await people.make(tx, app, usable);
    const held = usable.map((index) => ({
      item: items[index]!,
      customerId: people.idOf(index) ?? guestCustomerId,
    }));
    const written =
      held.length === 0 ? [] : await writer.write(tx, held, { products, people: people.people, at });
    return { results: checks.results(items.length, written), changed: [...made, ...peopleOf(written)] };
  };
  if (outerTx !== undefined) return (await write(outerTx)).results;
  await ensureEventPartitions(
    app,
    wellFormed.map((item) => writer.instantOf(item).getTime()),
  );
  const { results, changed } = await retryOnConflict(() => app.db.transaction(write));
  await flushChanges(app, [...new Set(changed)]);
  return results;
}

function peopleOf(written: readonly (OrderOutcome | WrittenEvent)[]): string[] {
  const changed = written.filter(
    ({ customerId, outcome }) => outcome !== 'unchanged' && customerId !== guestCustomerId,
  );
  return [...new Set(changed.map(({ customerId }) => customerId))];
}

/**
 * Another process may write the same order between the read and the write: the retry finds it. Or it merges two
 * customers of whom one is locked here, and the server rolls one of the transactions back.
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

function checkProduct(
  checks: ItemChecks,
  index: number,
  field: string,
  product: NamesProduct,
  products: ProductIds,
): void {
  if (productIdOf(product, products) !== undefined) return;
  checks.add(index, field, `there is no product ${product.sku ?? product.productId}`, 'unknown_product');
}

function toOrderRecord(
  app: App,
  { item: order, customerId }: Held<OrderInput>,
  products: ProductIds,
): OrderRecord {
  const placedAtMs = order.placedAt.getTime();
  const lines = order.lines.map((line) => ({
    productId: productIdOf(line, products)!,
    quantity: line.quantity,
    ...readAmounts(line),
    placedAtMs,
    repeatCount: 0,
  }));
  return {
    customerId,
    source: order.source,
    number: order.number,
    kind: order.kind ?? kindOfLines(lines),
    placedAtMs,
    currency: app.config.currency,
    country: order.country ?? null,
    channel: order.channel ?? null,
    lines,
  };
}
