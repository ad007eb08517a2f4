/**
 * The UCI Online Retail file (doi:10.1057/dbm.2012.17): one row per invoice line, raw. Its local times are taken as
 * they are printed, as UTC. Products are made from the rows; codes that do not begin with five digits are services.
 */
import { type ProductInput, upsertProducts } from '#catalog/service.ts';
import type { App } from '#platform/app.ts';

import { formatMoney, parseMoney } from '../money.ts';
import { MAX_LINE_AMOUNT, MAX_QUANTITY } from '../order-input.ts';
import type { OrderKind } from '../order-writer.ts';
import { isEventYear } from '../partitions.ts';
import { linkAllReturns } from '../returns.ts';
import { countDirt, type DirtCounts, type ImportFormat, type Rejection, type RowWriter } from './format.ts';
import { KnownPeople } from './known-people.ts';
import { OrderBatch, type OrderRow, type ProductOfFile } from './order-batch.ts';
import { type ProductStanding, readProductStandings } from './product-standings.ts';
import { writeBatch } from './transaction.ts';
import { detach, readInstant, readInteger } from './values.ts';

const STARTS_WITH_FIVE_DIGITS = /^\d{5}/;

export const onlineRetail: ImportFormat = {
  columns: [
    { name: 'InvoiceNo', aliases: ['Invoice'], isRequired: true },
    { name: 'StockCode', isRequired: true },
    { name: 'Description', isRequired: true },
    { name: 'Quantity', isRequired: true },
    { name: 'InvoiceDate', isRequired: true },
    { name: 'UnitPrice', aliases: ['Price'], isRequired: true },
    { name: 'CustomerID', aliases: ['Customer ID'], isRequired: true },
    { name: 'Country', isRequired: true },
  ],
  async start(app, source) {
    const products = new Map<string, Product>();
    for (const standing of await readProductStandings(app.db)) {
      products.set(standing.sku, new Product(standing.sku, standing));
    }
    return createWriter(app, source, products);
  },
};

/** What the rows so far say of a product. */
class Product implements ProductOfFile {
  readonly sku: string;
  /** Empty until it is written. */
  id: string;
  name: string;
  /** A description beside a price names the product; one without is often a clerk's note, such as `damaged`. */
  nameRank: 'sku' | 'note' | 'priced';
  /** Of its latest sale, the highest of that minute: the list price rather than a rebate. */
  lastPrice: number;
  lastSoldAtMs: number;
  lastLine: ProductOfFile['lastLine'];
  /** The description it had last, as it came: rows share it rather than keep one each. */
  lastRemark = '';

  constructor(sku: string, standing: ProductStanding | null) {
    this.sku = sku;
    this.id = standing?.id ?? '';
    this.lastLine = undefined;
    this.name = standing?.name ?? sku;
    this.nameRank = this.name === sku ? 'sku' : standing?.wasPriced ? 'priced' : 'note';
    this.lastPrice = standing?.lastPrice ?? 0;
    this.lastSoldAtMs = standing?.lastSoldAtMs ?? Number.NEGATIVE_INFINITY;
  }

  /** @returns whether it has to be written. */
  observe(description: string, row: Pick<OrderRow, 'quantity' | 'unitPrice' | 'placedAtMs'>): boolean {
    const { quantity, unitPrice, placedAtMs } = row;
    if (quantity > 0 && unitPrice > 0 && placedAtMs >= this.lastSoldAtMs) {
      if (placedAtMs > this.lastSoldAtMs || unitPrice > this.lastPrice) this.lastPrice = unitPrice;
      this.lastSoldAtMs = placedAtMs;
    }
    if (this.nameRank === 'priced' || description === '') return this.id === '';
    const rank = unitPrice > 0 ? 'priced' : 'note';
    if (this.nameRank === 'note' && rank === 'note') return this.id === '';
    const isRenamed = this.name !== description;
    this.name = detach(description);
    this.nameRank = rank;
    return isRenamed || this.id === '';
  }
}

/** Writes the products that the rows of a batch are the first to name, or name better. */
async function writeProducts(app: App, changed: ReadonlySet<Product>): Promise<void> {
  if (changed.size === 0) return;
  const products = [...changed];
  const inputs = products.map(({ sku, name, id }): ProductInput =>
    // The kind is said once: whoever changes it later is right.
    id === ''
      ? { sku, name, kind: STARTS_WITH_FIVE_DIGITS.test(sku) ? 'product' : 'service' }
      : { sku, name },
  );
  const outcomes = await writeBatch(app, (tx) => upsertProducts(app, inputs, { tx }));
  for (const [index, { productId }] of outcomes.entries()) products[index]!.id = productId;
}

function createWriter(app: App, source: string, products: Map<string, Product>): RowWriter {
  const people = new KnownPeople(app, source);
  let changed = new Set<Product>();
  let batch = createBatch(changed);
  let lastNumber = '';

  function createBatch(changedInBatch: ReadonlySet<Product>): OrderBatch {
    const prepareProducts = () => writeProducts(app, changedInBatch);
    return new OrderBatch({ app, source, people, kindOf, prepareProducts });
  }

  function findProduct(code: string): Product {
    let product = products.get(code);
    if (product === undefined) {
      const sku = detach(code);
      product = new Product(sku, null);
      products.set(sku, product);
    }
    return product;
  }

  return {
    continuesWith: ([number = '']) => number.trim() === lastNumber,
    add(fields) {
      const row = readRow(fields);
      if ('reason' in row) return row;
      const product = findProduct(row.code);
      if (product.observe(row.description, row)) changed.add(product);
      countRowDirt(batch.dirt, row, fields);
      row.product = product;
      if (product.lastRemark === row.remark) row.remark = product.lastRemark;
      else product.lastRemark = detach(row.remark);
      batch.add(row as OrderRow);
      lastNumber = row.number;
      return null;
    },
    takeBatch() {
      const taken = batch;
      changed = new Set();
      batch = createBatch(changed);
      return taken;
    },
    async finish() {
      await upsertProducts(
        app,
        [...products.values()]
          .filter(({ lastPrice, id }) => lastPrice > 0 && id !== '')
          .map(({ sku, lastPrice }) => ({ sku, price: formatMoney(lastPrice) })),
      );
      // The planner knows nothing yet of tables that were empty a moment ago.
      await app.db.execute('analyze orders; analyze order_lines; analyze events');
      await linkAllReturns(app.db);
    },
  };
}

/** An order row with what only this format says; its product is filled in once it is found. */
interface ParsedRow extends Omit<OrderRow, 'product' | 'remark'> {
  readonly code: string;
  remark: string;
  readonly description: string;
  product: Product | null;
}

function readRow(fields: readonly string[]): ParsedRow | Rejection {
  const number = fields[0]!.trim();
  if (number === '' || number.length > 200)
    return reject('bad_invoice', 'InvoiceNo', '1 to 200 characters', fields[0]!);
  const code = fields[1]!.trim();
  if (code === '' || code.length > 200)
    return reject('bad_code', 'StockCode', '1 to 200 characters', fields[1]!);
  const description = fields[2]!.trim();
  if (description.length > 500)
    return reject('bad_description', 'Description', 'at most 500 characters', description);
  const quantity = readInteger(fields[3]!);
  if (quantity === null || Math.abs(quantity) > MAX_QUANTITY) {
    return reject('bad_quantity', 'Quantity', `a whole number up to ${MAX_QUANTITY}`, fields[3]!);
  }
  const placedAtMs = readInstant(fields[4]!);
  if (placedAtMs === null || !isEventYear(new Date(placedAtMs))) {
    return reject('bad_date', 'InvoiceDate', 'a time such as 2010-12-01 08:26:00', fields[4]!);
  }
  const unitPrice = parseMoney(fields[5]!);
  if (unitPrice === null || Math.abs(quantity * unitPrice) > MAX_LINE_AMOUNT * 10_000) {
    return reject('bad_price', 'UnitPrice', 'a price such as 2.55', fields[5]!);
  }
  // Copies of the file made by pandas have it as 17850.0.
  const raw = fields[6]!.trim();
  const customer = raw.endsWith('.0') ? raw.slice(0, -2) : raw;
  if (customer.length > 200) return reject('bad_customer', 'CustomerID', 'at most 200 characters', customer);
  const country = fields[7]!.trim();
  if (country.length > 100) return reject('bad_country', 'Country', 'at most 100 characters', country);
  // Blanks tell rows apart, so the remark holds the description as it came.
  return {
    number,
    code,
    description,
    quantity,
    unitPrice,
    placedAtMs,
    customer,
    country,
    remark: fields[2]!,
    channel: '',
    kind: null,
    product: null,
  };
}

function reject(kind: string, field: string, expected: string, came: string): Rejection {
  return { kind, reason: `${field}: expected ${expected}, got ${JSON.stringify(came.slice(0, 80))}` };
}

function countRowDirt(dirt: DirtCounts, row: ParsedRow, fields: readonly string[]): void {
  if (row.customer === '') countDirt(dirt, 'missing_customer');
  if (row.description === '') countDirt(dirt, 'missing_description');
  if (row.unitPrice === 0) countDirt(dirt, 'zero_price');
  if (row.unitPrice < 0) countDirt(dirt, 'negative_price');
  if (row.number.startsWith('C')) countDirt(dirt, 'cancellation');
  else if (row.quantity < 0) countDirt(dirt, 'negative_quantity_without_cancellation');
  if (row.number.startsWith('A')) countDirt(dirt, 'adjustment');
  if (!STARTS_WITH_FIVE_DIGITS.test(row.code)) countDirt(dirt, 'non_product_code');
  if (fields[2]!.length !== row.description.length) countDirt(dirt, 'untrimmed_description');
}

/** `C` marks cancellations and `A` adjustments; units that leave without a sale are a write-off. */
function kindOf({ number }: OrderRow, itemCount: number): OrderKind {
  if (number.startsWith('C')) return 'return';
  return number.startsWith('A') || itemCount < 0 ? 'adjustment' : 'sale';
}
