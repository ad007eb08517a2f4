/**
 * The UCI Online Retail file (doi:10.1057/dbm.2012.17): one row per invoice line, raw. Its local times are read as UTC.
 * Products are created from the rows; codes without five leading digits are services.
 */
import { type ProductInput, upsertProducts } from '#catalog/service.ts';
import type { App } from '#platform/app.ts';

import { formatMoney } from '../money.ts';
import { kindOfLines, type LineRecord } from '../orders/lines.ts';
import type { OrderKind } from '../orders/writer.ts';
import { finishOrders, gatherStatistics, TouchedPeople } from './finish-orders.ts';
import { countDirt, type DirtCounts, type ImportFormat, type RowWriter } from './format.ts';
import { CustomerIdCache } from './customer-id-cache.ts';
import { Product } from './online-retail-product.ts';
import { columns, NUMBER, rejectDescription, RowReader } from './online-retail-row.ts';
import { OrderBatch, type OrderHead } from './order-batch.ts';
import { readProductStates } from './product-state.ts';
import type { Reading } from './reading.ts';
import { writeBatch } from './transaction.ts';
import { detach } from './values.ts';

export const onlineRetail: ImportFormat = {
  description:
    'the UCI Online Retail file, or one in its layout: a row for each line of an invoice; products are made',
  columns,
  defaultSource: 'online-retail',
  repeatedLines: 'once',
  async start(app, reading) {
    const products = new Map<string, Product>();
    for (const standing of await readProductStates(app.db)) {
      products.set(standing.sku, new Product(standing.sku, standing));
    }
    return createWriter(app, reading, products);
  },
};

/** Writes the new and the better described products of a batch. */
async function writeProducts(app: App, changed: ReadonlySet<Product>): Promise<void> {
  if (changed.size === 0) return;
  const products = [...changed];
  const inputs = products.map(({ sku, name, kind, id }): ProductInput =>
    // Set `kind` only on insert, so that later manual edits win.
    id === '' ? { sku, name, kind } : { sku, name },
  );
  const outcomes = await writeBatch(app, (tx) => upsertProducts(app, inputs, { tx }));
  for (const [index, { productId }] of outcomes.entries()) products[index]!.id = productId;
}

function createWriter(app: App, reading: Reading, products: Map<string, Product>): RowWriter {
  const { source, repeatedLines } = reading;
  const people = new CustomerIdCache(app, source);
  const touched = new TouchedPeople();
  const read = new RowReader({ reading, currency: app.config.currency }, app.clock);
  let changed = new Set<Product>();
  let batch = createBatch(changed);
  let lastNumber = '';

  function createBatch(changedInBatch: ReadonlySet<Product>): OrderBatch {
    const prepareProducts = () => writeProducts(app, changedInBatch);
    return new OrderBatch({ app, source, people, touched, repeatedLines, kindOf, prepareProducts });
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
    continuesWith: (row) => row.value(NUMBER).trim() === lastNumber,
    add(row) {
      const rejection = read.read(row);
      if (rejection !== null) return rejection;
      if (people.isPlaceholder(read.customer)) {
        countDirt(batch.dirt, 'placeholder_customer');
        read.customer = '';
      }
      const product = findProduct(read.code);
      if (!product.describe(row)) return rejectDescription(row);
      if (product.observe(read)) changed.add(product);
      countRowDirt(batch.dirt, read, product);
      // White space distinguishes rows, so the remark is the original description.
      batch.add(read, product, product.remark);
      lastNumber = read.number;
      return null;
    },
    takeBatch() {
      const taken = batch;
      changed = new Set();
      batch = createBatch(changed);
      return taken;
    },
    gatherStatistics: () => gatherStatistics(app),
    async finish(run) {
      const priced = [...products.values()].filter(({ lastPrice, id }) => lastPrice > 0 && id !== '');
      await Promise.all([
        upsertProducts(
          app,
          priced.map(({ sku, lastPrice }) => ({ sku, price: formatMoney(lastPrice) })),
        ),
        finishOrders(app, source, touched, run),
      ]);
    },
  };
}

function countRowDirt(dirt: DirtCounts, row: RowReader, product: Product): void {
  const { number, customer, quantity, unitPrice, country } = row;
  if (customer === '') countDirt(dirt, 'missing_customer');
  if (country === '') countDirt(dirt, 'unknown_country');
  if (product.description === '') countDirt(dirt, 'missing_description');
  if (unitPrice === 0) countDirt(dirt, 'zero_price');
  if (unitPrice < 0) countDirt(dirt, 'negative_price');
  if (number.startsWith('C')) countDirt(dirt, 'cancellation');
  else if (quantity < 0) countDirt(dirt, 'negative_quantity_without_cancellation');
  if (number.startsWith('A')) countDirt(dirt, 'adjustment');
  if (product.kind === 'service') countDirt(dirt, 'non_product_code');
  if (product.remark.length !== product.description.length) countDirt(dirt, 'untrimmed_description');
}

/** `C` marks cancellations and `A` adjustments; units that leave without payment are a write-off. */
function kindOf({ number }: OrderHead, lines: readonly LineRecord[]): OrderKind {
  if (number.startsWith('C')) return 'return';
  if (number.startsWith('A')) return 'adjustment';
  const kind = kindOfLines(lines);
  return kind === 'return' && lines.every(({ amount }) => amount === 0) ? 'adjustment' : kind;
}
