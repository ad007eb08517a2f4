/** Our own layout for orders: a row for each line. Lines of one order stand together; products are known before. */
import { findCountry } from '#platform/input/countries.ts';
import { readKey } from '#platform/input/text.ts';

import { parseMoney } from '../money.ts';
import { checkAmount, checkInstant, checkQuantity } from '../order-input.ts';
import type { OrderKind } from '../order-writer.ts';
import { countDirt, type ImportFormat, type Rejection } from './format.ts';
import { finishOrders, gatherStatistics, TouchedPeople } from './finish-orders.ts';
import { KnownPeople } from './known-people.ts';
import { OrderBatch, type OrderHead, type OrderRow, type ProductOfFile } from './order-batch.ts';
import { readProductIds } from './product-standings.ts';
import { toRejection } from './records.ts';
import { readInstant, readInteger } from './values.ts';

const required = ['order_number', 'sku', 'quantity', 'unit_price', 'placed_at'];
const optional = ['customer_id', 'country', 'channel', 'kind'];

export const ordersFormat: ImportFormat = {
  columns: [...required, ...optional].map((name) => ({ name, isRequired: required.includes(name) })),
  async start(app, source) {
    const people = new KnownPeople(app, source);
    const touched = new TouchedPeople();
    const products = new Map<string, ProductOfFile>();
    for (const [sku, id] of await readProductIds(app.db)) products.set(sku, { id, lastLine: undefined });
    const createBatch = () =>
      new OrderBatch({ app, source, people, touched, kindOf, prepareProducts: () => Promise.resolve() });
    let batch = createBatch();
    let lastNumber = '';
    return {
      continuesWith: (row) => row.value(0).trim() === lastNumber,
      add(from) {
        const row = tryRow(from.values(), products, app.clock());
        if ('reason' in row) return row;
        if (row.customer === '') countDirt(batch.dirt, 'missing_customer');
        if (row.unitPrice === 0) countDirt(batch.dirt, 'zero_price');
        if (row.unitPrice < 0) countDirt(batch.dirt, 'negative_price');
        batch.add(row, row.product, row.remark);
        lastNumber = row.number;
        return null;
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
  /** Whatever else the row says, to tell exact repeats. */
  readonly remark: string;
}

function tryRow(...row: Parameters<typeof readRow>): ReadRow | Rejection {
  try {
    return readRow(...row);
  } catch (error) {
    return toRejection(error);
  }
}

/** @throws {InvalidInputError} a key that cannot be used. */
function readRow(
  fields: readonly string[],
  products: ReadonlyMap<string, ProductOfFile>,
  now: Date,
): ReadRow | Rejection {
  const [
    numberText,
    skuText,
    quantityText,
    priceText,
    placedAt,
    customerText,
    countryText,
    channelText,
    kind,
  ] = fields.map((field) => field.trim()) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const optionalKey = (column: string, text: string, maxLength: number) =>
    text === '' ? '' : readKey(column, text, maxLength);
  const reject = (column: string, expected: string, came: string): Rejection => ({
    kind: `bad_${column}`,
    reason: `${column}: expected ${expected}, got ${JSON.stringify(came.slice(0, 80))}`,
  });
  const number = readKey('order_number', numberText, 200);
  const sku = readKey('sku', skuText, 200);
  const product = products.get(sku);
  if (product === undefined) {
    return {
      kind: 'unknown_product',
      reason: `sku: there is no product ${JSON.stringify(sku.slice(0, 80))}`,
    };
  }
  const quantity = readInteger(quantityText);
  if (quantity === null || checkQuantity(quantity) !== null) {
    return reject('quantity', 'a whole number that is not 0, at most 1,000,000', quantityText);
  }
  const unitPrice = parseMoney(priceText);
  if (unitPrice === null || checkAmount({ quantity, unitPrice: priceText }) !== null) {
    return reject('unit_price', 'a price such as 2.55', priceText);
  }
  const placedAtMs = readInstant(placedAt);
  if (placedAtMs === null) return reject('placed_at', 'a time such as 2026-01-31T12:00:00Z', placedAt);
  const wrongTime = checkInstant(new Date(placedAtMs), now);
  if (wrongTime !== null) return { kind: 'bad_placed_at', reason: `placed_at: ${wrongTime}` };
  const customer = optionalKey('customer_id', customerText, 200);
  const country = countryText === '' ? '' : findCountry(countryText);
  if (country === null) return reject('country', 'an ISO 3166-1 code or the name of a country', countryText);
  const channel = optionalKey('channel', channelText, 100);
  if (!isKind(kind)) return reject('kind', 'sale, return or adjustment', kind);
  return {
    number,
    customer,
    product,
    quantity,
    unitPrice,
    placedAtMs,
    remark: `${country}\u0000${channel}\u0000${kind}`,
    country,
    channel,
    kind: kind === '' ? null : kind,
  };
}

function isKind(text: string): text is OrderKind | '' {
  return text === '' || text === 'sale' || text === 'return' || text === 'adjustment';
}

function kindOf({ kind }: OrderHead, itemCount: number): OrderKind {
  return kind ?? (itemCount < 0 ? 'return' : 'sale');
}
