/** Own layout for orders: a row for each line. Lines of one order are consecutive; products exist already. */
import { checkDecimal } from '#platform/input/numbers.ts';

import { checkAmount, checkInstant, checkQuantity, readAmounts } from '../orders/input.ts';
import { kindOfLines, type LineRecord } from '../orders/lines.ts';
import type { OrderKind } from '../orders/writer.ts';
import type { Row } from './columns.ts';
import { type FieldReading, readField, RowError, toRejection } from './fields.ts';
import { finishOrders, gatherStatistics, TouchedPeople } from './finish-orders.ts';
import { type Column, type ColumnKind, countDirt, type ImportFormat } from './format.ts';
import { CustomerIdCache } from './customer-id-cache.ts';
import { OrderBatch, type OrderHead, type OrderRow, type ProductOfFile } from './order-batch.ts';
import { readProductIds } from './product-state.ts';
import { OWN_SOURCE } from './records.ts';

const required = new Set(['order_number', 'sku', 'quantity', 'placed_at']);
const column = (name: string, kind: ColumnKind, description: string, ...aliases: string[]): Column => ({
  name,
  kind,
  description,
  aliases,
  isRequired: required.has(name),
});

const columns = [
  column('order_number', 'id', 'number of the order; empty on lines below the first of an order'),
  column('sku', 'id', 'code of a known product'),
  column('quantity', 'whole', 'units, below 0 where they come back'),
  column('unit_price', 'amount', 'price of one unit; below 0 in a refund'),
  column(
    'line_total',
    'amount',
    'amount of the whole line, kept to the cent, beside or instead of unit_price',
    'amount',
  ),
  column('placed_at', 'date', 'when the order was placed'),
  column('customer_id', 'id', 'customer, by the id of the source; nothing for a guest'),
  column('country', 'country', 'where it went, by ISO 3166-1 code or name'),
  column('channel', 'id', 'where it was placed: web, store'),
  column('kind', 'word', 'sale, return or adjustment; left out, told by the sum of the lines'),
  column(
    'currency',
    'currency',
    'code of the currency, which has to be that of the database',
    'currency_code',
  ),
] as const;

export const ordersFormat: ImportFormat = {
  description:
    'a row for each line of an order; lines of one order stand together, below the first its head may be empty',
  columns,
  oneOf: ['unit_price', 'line_total'],
  defaultSource: OWN_SOURCE,
  repeatedLines: 'sum',
  async start(app, reading) {
    const { source, repeatedLines } = reading;
    const people = new CustomerIdCache(app, source);
    const touched = new TouchedPeople();
    const products = new Map<string, ProductOfFile>();
    for (const [sku, id] of await readProductIds(app.db)) products.set(sku, { id, lastLine: undefined });
    const prepareProducts = () => Promise.resolve();
    const createBatch = () =>
      new OrderBatch({ app, source, people, touched, repeatedLines, kindOf, prepareProducts });
    const reader = new RowReader({ reading, currency: app.config.currency }, products, app.clock);
    let batch = createBatch();
    return {
      continuesWith: (row) => reader.continuesWith(row),
      pass: (row) => reader.pass(row),
      breakOff: (text) => reader.breakOff(text),
      add(from) {
        try {
          const read = reader.read(from);
          const isPlaceholder = people.isPlaceholder(read.customer);
          if (isPlaceholder) countDirt(batch.dirt, 'placeholder_customer');
          const row = isPlaceholder ? { ...read, customer: '' } : read;
          if (row.customer === '') countDirt(batch.dirt, 'missing_customer');
          if (row.amount === 0) countDirt(batch.dirt, 'zero_price');
          if (row.amount < 0 && row.quantity > 0) countDirt(batch.dirt, 'negative_price');
          batch.add(row, row.product, row.remark);
          return null;
        } catch (error) {
          return toRejection(error);
        }
      },
      takeBatch() {
        const taken = batch;
        batch = createBatch();
        return taken;
      },
      gatherStatistics: () => gatherStatistics(app),
      finish: (run) => finishOrders(app, source, touched, run),
    };
  },
};

interface ReadRow extends OrderRow {
  readonly product: ProductOfFile;
  /** Further content of the row, to detect exact repeats. */
  readonly remark: string;
}

/** Columns of the order itself, which its lines may have only on the first. */
interface Head {
  readonly number: string;
  readonly placedAt: string;
  readonly customer: string;
  readonly country: string;
  readonly channel: string;
  readonly kind: string;
}

const NUMBER = 0;
const SKU = 1;
const QUANTITY = 2;
const UNIT_PRICE = 3;
const LINE_TOTAL = 4;
const PLACED_AT = 5;
const CUSTOMER = 6;
const COUNTRY = 7;
const CHANNEL = 8;
const KIND = 9;
const CURRENCY = 10;

/** Parses consecutive lines, each with the head of its order. */
class RowReader {
  readonly #using: FieldReading;
  readonly #products: ReadonlyMap<string, ProductOfFile>;
  readonly #now: () => Date;
  /** Of the order of the last row; null where it has no valid one. */
  #head: Head | null = null;
  /** The last head if invalid: the following lines of its number are invalid too. */
  #broken: string | null = null;

  /** @param now upper bound of the orders' times */
  constructor(using: FieldReading, products: ReadonlyMap<string, ProductOfFile>, now: () => Date) {
    this.#using = using;
    this.#products = products;
    this.#now = now;
  }

  continuesWith(row: Row): boolean {
    try {
      const number = this.#read(row, NUMBER);
      return number === '' || number === this.#head?.number;
    } catch (error) {
      toRejection(error);
      return false;
    }
  }

  /** Stores the head of a row that needs no parsing. */
  pass(row: Row): void {
    try {
      this.#readHead(row);
    } catch (error) {
      toRejection(error);
    }
  }

  /** Records an unreadable row, which may be the head of the following lines. */
  breakOff(text: string): void {
    this.#head = null;
    this.#broken = text;
  }

  /** @throws {RowError} */
  read(row: Row): ReadRow {
    const { number, placedAt, customer, country, channel, kind } = this.#readHead(row);
    const sku = this.#read(row, SKU);
    const quantityText = this.#read(row, QUANTITY);
    const unitPrice = this.#read(row, UNIT_PRICE);
    const total = this.#read(row, LINE_TOTAL);
    this.#read(row, CURRENCY);
    const product = this.#products.get(sku);
    if (product === undefined) {
      throw new RowError('unknown_product', `sku: there is no product ${JSON.stringify(sku.slice(0, 80))}`);
    }
    const quantity = Number(quantityText);
    if (quantityText === '' || checkQuantity(quantity) !== null) {
      throw bad('quantity', 'a whole number that is not 0, at most 1,000,000', quantityText);
    }
    const line = { quantity, unitPrice: unitPrice || null, total: total || null };
    const amount = total === '' ? 'unit_price' : 'line_total';
    const problem = checkAmount(line) ?? (unitPrice === '' ? null : checkDecimal(unitPrice));
    if (problem !== null) throw new RowError(`bad_${amount}`, `${amount}: ${problem}`);
    return {
      number,
      customer,
      product,
      quantity,
      ...readAmounts(line),
      placedAtMs: Date.parse(placedAt),
      remark: `${country}\u0000${channel}\u0000${kind}`,
      country,
      channel,
      kind: kind === '' ? null : (kind as OrderKind),
    };
  }

  #read(row: Row, index: number): string {
    return readField(columns[index]!, row.value(index), this.#using);
  }

  /** Empty fields below the first line of an order repeat those of the line above. @throws {RowError} */
  #readHead(row: Row): Head {
    const number = this.#read(row, NUMBER);
    const above = this.#head;
    const isBelow = above !== null && (number === '' || number === above.number);
    const broken = this.#broken;
    // An invalid line does not affect the order above it.
    if (!isBelow) this.breakOff(number);
    const read = (index: number) => this.#read(row, index);
    const own: Head = {
      number,
      placedAt: read(PLACED_AT),
      customer: read(CUSTOMER),
      country: read(COUNTRY),
      channel: read(CHANNEL),
      kind: read(KIND),
    };
    if (!isBelow && own.customer === '' && broken !== null && (number === '' || broken.includes(number))) {
      throw new RowError(
        'headless_line',
        'order_number: the row above that this line belongs to cannot be used',
      );
    }
    const head = isBelow ? fillFrom(own, above) : own;
    checkHead(head, this.#now());
    this.#head = head;
    this.#broken = null;
    return head;
  }
}

function fillFrom(own: Head, above: Head): Head {
  return {
    number: above.number,
    placedAt: own.placedAt || above.placedAt,
    customer: own.customer || above.customer,
    country: own.country || above.country,
    channel: own.channel || above.channel,
    kind: own.kind || above.kind,
  };
}

/** @throws {RowError} */
function checkHead({ number, placedAt, channel, kind }: Head, now: Date): void {
  if (number === '')
    throw bad('order_number', 'a number, or a line of an order above that can be used', number);
  const wrongTime = placedAt === '' ? 'expected a time, got nothing' : checkInstant(new Date(placedAt), now);
  if (wrongTime !== null) throw new RowError('bad_date', `placed_at: ${wrongTime}`);
  if (channel.length > 100) throw bad('channel', 'at most 100 characters', channel);
  if (!isKind(kind)) throw bad('kind', 'sale, return or adjustment', kind);
}

function bad(name: string, expected: string, came: string): RowError {
  return new RowError(
    `bad_${name}`,
    `${name}: expected ${expected}, got ${JSON.stringify(came.slice(0, 80))}`,
  );
}

function isKind(text: string): text is OrderKind | '' {
  return text === '' || text === 'sale' || text === 'return' || text === 'adjustment';
}

function kindOf({ kind }: OrderHead, lines: readonly LineRecord[]): OrderKind {
  return kind ?? kindOfLines(lines);
}
