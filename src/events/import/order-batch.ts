/** Builds orders from the lines of a file. Exact repeats become separate lines, or are counted on the repeated line. */
import { ensureEventPartitions } from '#events/partitions.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import { guestCustomerId } from '../guest.ts';
import type { LineRecord } from '../orders/lines.ts';
import { type OrderKind, writeOrders } from '../orders/writer.ts';
import { ordersThat, recordActivity, recordOrderChanges } from '../customer-activity.ts';
import type { TouchedPeople } from './finish-orders.ts';
import { type Batch, type BatchRows, countDirt, type DirtCounts, type RepeatedLines } from './format.ts';
import type { CustomerIdCache } from './customer-id-cache.ts';
import { NamedCustomers } from './named-customers.ts';

/** Common values of the rows of an order; those of the first row are stored. */
export interface OrderHead {
  readonly number: string;
  /** Id of the customer in the source; empty where the row has none. */
  readonly customer: string;
  readonly country: string;
  readonly channel: string;
  /** Null derives it from the lines. */
  readonly kind: OrderKind | null;
}

/** A parsed row, before it is stored. */
export interface OrderRow extends OrderHead {
  readonly quantity: number;
  /** Ten-thousandths. */
  readonly unitPrice: number;
  /** Of the line, ten-thousandths. */
  readonly amount: number;
  readonly placedAtMs: number;
}

/** A product of the rows; it has an id once the batch is prepared. */
export interface ProductOfFile {
  id: string;
  /** Its last line in the file, so that an exact repeat is found without a search. */
  lastLine: Line | undefined;
}

export class Line implements LineRecord {
  readonly product: ProductOfFile;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly amount: number;
  readonly placedAtMs: number;
  readonly remark: string;
  repeatCount = 0;
  readonly order: OrderDraft;
  /** The previous line of the product in the file. */
  readonly previous: Line | undefined;

  constructor(row: OrderRow, product: ProductOfFile, remark: string, order: OrderDraft) {
    this.product = product;
    this.quantity = row.quantity;
    this.unitPrice = row.unitPrice;
    this.amount = row.amount;
    this.placedAtMs = row.placedAtMs;
    this.remark = remark;
    this.order = order;
    const previous = product.lastLine;
    // The line of another order is never a repeat, and would retain all lines before it.
    this.previous = previous?.order === order ? previous : undefined;
  }

  get productId(): string {
    return this.product.id;
  }

  isRepeatedBy(row: OrderRow, remark: string): boolean {
    return (
      row.quantity === this.quantity &&
      row.unitPrice === this.unitPrice &&
      row.amount === this.amount &&
      row.placedAtMs === this.placedAtMs &&
      remark === this.remark
    );
  }
}

interface OrderDraft {
  readonly head: OrderHead;
  readonly lines: Line[];
  /** Rows of other orders are between its own. */
  isInterleaved: boolean;
  placedAtMs: number;
  rowCount: number;
}

export interface OrderBatchOptions {
  readonly app: App;
  readonly source: string;
  readonly people: CustomerIdCache;
  readonly touched: TouchedPeople;
  /** Assigns ids to the products of the batch. */
  readonly prepareProducts: () => Promise<void>;
  readonly repeatedLines: RepeatedLines;
  /** Kind of an order by its head and its lines. */
  readonly kindOf: (head: OrderHead, lines: readonly LineRecord[]) => OrderKind;
}

export class OrderBatch implements Batch {
  readonly dirt: DirtCounts = new Map();
  readonly #options: OrderBatchOptions;
  readonly #orders = new Map<string, OrderDraft>();
  #current: OrderDraft | null = null;
  readonly #customers: NamedCustomers;

  constructor(options: OrderBatchOptions) {
    this.#options = options;
    this.#customers = new NamedCustomers(options.people);
  }

  /** @param remark further content of the row: two rows of an order with equal content are exact repeats */
  add(row: OrderRow, product: ProductOfFile, remark: string): void {
    const order = this.#orderOf(row);
    order.rowCount += 1;
    if (row.placedAtMs < order.placedAtMs) order.placedAtMs = row.placedAtMs;
    const isCounted = this.#options.repeatedLines === 'once';
    const repeated = isCounted ? findRepeated(order, row, product, remark) : undefined;
    if (repeated !== undefined) {
      repeated.repeatCount += 1;
      countDirt(this.dirt, 'exact_duplicate');
      return;
    }
    const line = new Line(row, product, remark, order);
    order.lines.push(line);
    product.lastLine = line;
  }

  #orderOf(row: OrderRow): OrderDraft {
    const { number, customer } = row;
    const current = this.#current;
    // A line below the first of its order may omit the customer.
    if (current?.head.number === number && (customer === '' || current.head.customer === customer))
      return current;
    const key = `${number}\u0000${customer}`;
    let order = this.#orders.get(key);
    if (order === undefined) {
      order = {
        head: { number, customer, country: row.country, channel: row.channel, kind: row.kind },
        lines: [],
        isInterleaved: false,
        placedAtMs: row.placedAtMs,
        rowCount: 0,
      };
      this.#orders.set(key, order);
    } else {
      order.isInterleaved = true;
    }
    this.#current = order;
    return order;
  }

  async prepare(): Promise<void> {
    const { app, prepareProducts } = this.#options;
    const orders = [...this.#orders.values()];
    forgetLastLines(orders);
    await prepareProducts();
    await this.#customers.find(
      orders.flatMap(({ head: { customer, country }, placedAtMs }) =>
        customer === '' ? [] : [{ externalId: customer, country: country || null, seenAtMs: placedAtMs }],
      ),
    );
    await ensureEventPartitions(
      app,
      orders.map(({ placedAtMs }) => placedAtMs),
    );
  }

  async write(tx: Database, at: Date): Promise<BatchRows> {
    const { app, source, touched, kindOf } = this.#options;
    const orders = [...this.#orders.values()];
    const { idOf, locked, madeCount } = await this.#customers.hold(tx);
    const records = orders.map(({ head, lines, placedAtMs }) => {
      const id = idOf(head.customer);
      return {
        // A customer erased since the lookup counts as none.
        customerId: (id === null ? undefined : locked.get(id)?.id) ?? guestCustomerId,
        source,
        number: head.number,
        kind: kindOf(head, lines),
        placedAtMs,
        currency: app.config.currency,
        country: head.country || null,
        channel: head.channel || null,
        lines,
      };
    });
    const written = await writeOrders(tx, records, at);
    // Customers of new orders are updated at the end of the import, once for all batches.
    await recordActivity(tx, ordersThat(['updated'], records, written), locked, at);
    await recordOrderChanges(tx, records, written, at);
    touched.add(ordersThat(['created'], records, written).map(({ customerId }) => customerId));
    const imported = written.reduce((sum, { addedLineCount }) => sum + addedLineCount, 0);
    const rowCount = orders.reduce((sum, order) => sum + order.rowCount, 0);
    const lineCount = orders.reduce((sum, { lines }) => sum + lines.length, 0);
    return {
      imported,
      merged: rowCount - lineCount,
      unchanged: lineCount - imported,
      peopleMade: madeCount,
    };
  }

  committed(): void {
    this.#customers.remember();
  }
}

/** The line of the order that the row repeats exactly. */
function findRepeated(
  order: OrderDraft,
  row: OrderRow,
  product: ProductOfFile,
  remark: string,
): Line | undefined {
  if (order.isInterleaved) {
    return order.lines.find((line) => line.product === product && line.isRepeatedBy(row, remark));
  }
  for (let line = product.lastLine; line !== undefined && line.order === order; line = line.previous) {
    if (line.isRepeatedBy(row, remark)) return line;
  }
  return undefined;
}

/** Products live as long as the import: they must not retain a batch. */
function forgetLastLines(orders: readonly OrderDraft[]): void {
  for (const { lines } of orders) {
    for (const line of lines) if (line.product.lastLine === line) line.product.lastLine = undefined;
  }
}
