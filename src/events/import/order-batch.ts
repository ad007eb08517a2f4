/** Order lines of a file, put together to orders. An exact repeat of a row is counted on the line it repeats. */
import { ensureEventPartitions } from '#events/partitions.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import { guestCustomerId } from '../guest.ts';
import type { LineRecord } from '../order-lines.ts';
import { type OrderKind, writeOrders } from '../order-writer.ts';
import { lockPeople } from '../people.ts';
import { type Batch, countDirt, type DirtCounts } from './format.ts';
import type { KnownPeople, NamedPerson } from './known-people.ts';

/** A row that was read. Two rows with equal values here, in one order, are exact repeats. */
export interface OrderRow {
  readonly number: string;
  /** Id of the customer in the source; empty where the row has none. */
  readonly customer: string;
  readonly product: ProductOfFile;
  readonly quantity: number;
  /** Ten-thousandths. */
  readonly unitPrice: number;
  readonly placedAtMs: number;
  /** Whatever else the row says, to tell exact repeats. */
  readonly remark: string;
  readonly country: string;
  readonly channel: string;
  /** Null leaves it to the sum of the quantities. */
  readonly kind: OrderKind | null;
}

/** A product as rows name it; its id is there once the batch is prepared. */
export interface ProductOfFile {
  id: string;
  /** Its newest line in the file, so that a row finds what it may repeat without a search. */
  lastLine: Line | undefined;
}

export class Line implements LineRecord {
  readonly product: ProductOfFile;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly placedAtMs: number;
  readonly remark: string;
  repeatCount = 0;
  readonly order: OrderDraft;
  /** The product's line before it in the file. */
  readonly previous: Line | undefined;

  constructor(row: OrderRow, order: OrderDraft) {
    this.product = row.product;
    this.quantity = row.quantity;
    this.unitPrice = row.unitPrice;
    this.placedAtMs = row.placedAtMs;
    this.remark = row.remark;
    this.order = order;
    const previous = row.product.lastLine;
    // One of another order is of no use, and would keep all before it in memory.
    this.previous = previous?.order === order ? previous : undefined;
  }

  get productId(): string {
    return this.product.id;
  }

  isRepeatedBy(row: OrderRow): boolean {
    return (
      row.quantity === this.quantity &&
      row.unitPrice === this.unitPrice &&
      row.placedAtMs === this.placedAtMs &&
      row.remark === this.remark
    );
  }
}

interface OrderDraft {
  readonly first: OrderRow;
  readonly lines: Line[];
  /** Rows of other orders stand between its own. */
  isInterleaved: boolean;
  placedAtMs: number;
  rowCount: number;
}

export interface OrderBatchOptions {
  readonly app: App;
  readonly source: string;
  readonly people: KnownPeople;
  /** Gives the products of the batch their ids. */
  readonly prepareProducts: () => Promise<void>;
  /** Kind of an order by its number, its units and what its rows say. */
  readonly kindOf: (row: OrderRow, itemCount: number) => OrderKind;
}

export class OrderBatch implements Batch {
  readonly dirt: DirtCounts = new Map();
  readonly #options: OrderBatchOptions;
  readonly #orders = new Map<string, OrderDraft>();
  #current: OrderDraft | null = null;

  constructor(options: OrderBatchOptions) {
    this.#options = options;
  }

  add(row: OrderRow): void {
    const order = this.#orderOf(row);
    order.rowCount += 1;
    if (row.placedAtMs < order.placedAtMs) order.placedAtMs = row.placedAtMs;
    const repeated = findRepeated(order, row);
    if (repeated !== undefined) {
      repeated.repeatCount += 1;
      countDirt(this.dirt, 'exact_duplicate');
      return;
    }
    const line = new Line(row, order);
    order.lines.push(line);
    row.product.lastLine = line;
  }

  #orderOf(row: OrderRow): OrderDraft {
    const { number, customer } = row;
    const current = this.#current;
    if (current !== null && current.first.number === number && current.first.customer === customer)
      return current;
    const key = `${number}\u0000${customer}`;
    let order = this.#orders.get(key);
    if (order === undefined) {
      order = {
        first: row,
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
    const { app, people, prepareProducts } = this.#options;
    const orders = [...this.#orders.values()];
    for (const { lines } of orders) {
      // Products live as long as the import: they must not keep this batch.
      for (const line of lines) if (line.product.lastLine === line) line.product.lastLine = undefined;
    }
    await prepareProducts();
    const named = new Map<string, NamedPerson>();
    for (const { first, placedAtMs } of orders) {
      const { customer, country } = first;
      if (customer === '' || named.has(customer)) continue;
      named.set(customer, { externalId: customer, country: country || null, seenAtMs: placedAtMs });
    }
    await people.learn([...named.values()]);
    await ensureEventPartitions(
      app,
      orders.map(({ placedAtMs }) => placedAtMs),
    );
  }

  async write(tx: Database, at: Date): Promise<{ imported: number; merged: number }> {
    const { app, source, people, kindOf } = this.#options;
    const orders = [...this.#orders.values()];
    const ids = orders.map(({ first }) => people.idOf(first.customer));
    const locked = await lockPeople(tx, new Set(ids.filter((id) => id !== null)));
    const records = orders.map(({ first, lines, placedAtMs }, index) => {
      const id = ids[index]!;
      const itemCount = lines.reduce((sum, { quantity }) => sum + quantity, 0);
      return {
        // Somebody erased since we looked them up counts as nobody.
        customerId: (id === null ? undefined : locked.get(id)?.id) ?? guestCustomerId,
        source,
        number: first.number,
        kind: kindOf(first, itemCount),
        placedAtMs,
        currency: app.config.currency,
        country: first.country || null,
        channel: first.channel || null,
        lines,
      };
    });
    const written = await writeOrders(tx, records, locked, at);
    const imported = written.reduce((sum, { addedLineCount }) => sum + addedLineCount, 0);
    const rowCount = orders.reduce((sum, order) => sum + order.rowCount, 0);
    return { imported, merged: rowCount - imported };
  }
}

/** The line of the order that the row is an exact repeat of. */
function findRepeated(order: OrderDraft, row: OrderRow): Line | undefined {
  if (order.isInterleaved) {
    return order.lines.find((line) => line.product === row.product && line.isRepeatedBy(row));
  }
  for (let line = row.product.lastLine; line !== undefined && line.order === order; line = line.previous) {
    if (line.isRepeatedBy(row)) return line;
  }
  return undefined;
}
