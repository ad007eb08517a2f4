/** Builds the database of the read benchmark: customers with tastes, a catalogue with best sellers, order lines. */
import type { App } from '#platform/app.ts';
import { deriveId } from '#platform/ids.ts';

import { createRandom, type Random } from '#numeric/random.ts';
import { upsertProducts } from '#catalog/service.ts';
import { upsertCustomers } from '#customers/service.ts';
import { recomputeProfiles } from '#profiles/service.ts';
import { trainModels } from '#recommendations/service.ts';
import { createSegment } from '#segments/service.ts';
import { evaluateAllSegments } from '#segments/membership/scheduled-evaluation.ts';
import { demoSegments } from '#demo/demo-segments.ts';

export interface ShopSize {
  readonly customers: number;
  readonly products: number;
  readonly lines: number;
}

const LINES_PER_ORDER = 6;
const CATEGORIES = 40;
const BATCH = 1000;
const countries = ['GB', 'DE', 'FR', 'NL', 'ES', 'IE', 'SE', 'PL'];
const DAY_MS = 86_400_000;
const OPENED_AT = Date.UTC(2024, 0, 1);

export const emailOf = (customerIndex: number): string => `customer${customerIndex}@example.com`;

export async function buildShop(app: App, size: ShopSize, onStep: (step: string) => void): Promise<void> {
  onStep(`${size.products} products`);
  const productIds = await insertProducts(app, size.products);
  onStep(`${size.customers} customers`);
  const customerIds = await insertCustomers(app, size.customers);
  onStep(`${size.lines} order lines`);
  await insertOrders(app, size, customerIds, productIds);
  await app.db.execute('analyze');
  onStep('profiles');
  await recomputeProfiles(app);
  onStep('segments');
  for (const segment of demoSegments) await createSegment(app, segment);
  await evaluateAllSegments(app);
  onStep('models');
  await trainModels(app, { seed: 1 });
  onStep('precomputed tables for the peers');
  await insertPeerTables(app, customerIds, productIds);
  await app.db.execute('vacuum analyze');
}

async function insertProducts(app: App, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < count; from += BATCH) {
    const inputs = Array.from({ length: Math.min(BATCH, count - from) }, (_, offset) => {
      const index = from + offset;
      const category = index % CATEGORIES;
      return {
        sku: `SKU-${index}`,
        name: `Product ${index} of range ${category}`,
        category: `Department ${category % 8} > Range ${category}`,
        brand: `Brand ${index % 97}`,
        price: (1 + (index % 200) / 4).toFixed(2),
        keywords: [
          { keyword: `range${category}`, weight: 0.7 },
          { keyword: `colour${index % 12}`, weight: 0.3 },
        ],
      };
    });
    ids.push(...(await upsertProducts(app, inputs)).map((outcome) => outcome.productId));
  }
  return ids;
}

async function insertCustomers(app: App, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < count; from += BATCH) {
    const inputs = Array.from({ length: Math.min(BATCH, count - from) }, (_, offset) => {
      const index = from + offset;
      return {
        identities: [{ kind: 'external' as const, value: String(index), source: 'bench' }],
        name: `Customer ${index}`,
        email: emailOf(index),
        country: countries[index % countries.length]!,
        createdAt: new Date(OPENED_AT + index * 1000),
      };
    });
    ids.push(...(await upsertCustomers(app, inputs)).map((outcome) => outcome.customerId));
  }
  return ids;
}

async function insertOrders(
  app: App,
  size: ShopSize,
  customerIds: readonly string[],
  productIds: readonly string[],
): Promise<void> {
  const ordersPerCustomer = Math.round(size.lines / size.customers / LINES_PER_ORDER);
  const copies = {
    orders:
      'copy orders (customer_id, id, source, number, kind, placed_at, currency, total, item_count, line_count, country) from stdin',
    lines:
      'copy order_lines (customer_id, order_id, line_number, product_id, quantity, unit_price, amount, placed_at) from stdin',
  };
  const random = createRandom(7);
  for (let from = 0; from < customerIds.length; from += 2000) {
    const orders: string[] = [];
    const lines: string[] = [];
    for (let index = from; index < Math.min(from + 2000, customerIds.length); index += 1) {
      for (let turn = 0; turn < ordersPerCustomer; turn += 1) {
        writeOrder(random, customerIds[index]!, index, turn, productIds, orders, lines);
      }
    }
    await app.db.copyIn(copies.orders, [orders.join('')]);
    await app.db.copyIn(copies.lines, [lines.join('')]);
  }
}

/** Half of a basket comes from the customer's two favourite ranges, within which few products sell most. */
function writeOrder(
  random: Random,
  customerId: string,
  customerIndex: number,
  turn: number,
  productIds: readonly string[],
  orders: string[],
  lines: string[],
): void {
  const placedAtMs = OPENED_AT + random.integer(1000) * DAY_MS + random.integer(86_400) * 1000;
  const placedAt = new Date(placedAtMs).toISOString();
  const number = `${customerIndex}-${turn}`;
  const orderId = deriveId(placedAtMs, 'bench', number);
  let totalPence = 0;
  for (let line = 1; line <= LINES_PER_ORDER; line += 1) {
    const isFavourite = random.uniform() < 0.5;
    const range = isFavourite
      ? (customerIndex + (random.uniform() < 0.7 ? 0 : 13)) % CATEGORIES
      : random.integer(CATEGORIES);
    const rank = Math.floor(random.uniform() ** 3 * (productIds.length / CATEGORIES));
    const productIndex = Math.min(productIds.length - 1, rank * CATEGORIES + range);
    const quantity = 1 + random.integer(4);
    const pricePence = 100 + (productIndex % 200) * 25;
    totalPence += quantity * pricePence;
    lines.push(
      `${customerId}\t${orderId}\t${line}\t${productIds[productIndex]}\t${quantity}\t${pricePence / 100}\t${(quantity * pricePence) / 100}\t${placedAt}\n`,
    );
  }
  orders.push(
    `${customerId}\t${orderId}\tbench\t${number}\tsale\t${placedAt}\tGBP\t${totalPence / 100}\t${LINES_PER_ORDER}\t${LINES_PER_ORDER}\t${countries[customerIndex % countries.length]}\n`,
  );
}

/**
 * What the peers read instead of computing: ten recommendations and five neighbours of each customer, in tables of
 * their own. The foreign keys tell PostGraphile of relations that our schema leaves to the code.
 */
async function insertPeerTables(
  app: App,
  customerIds: readonly string[],
  productIds: readonly string[],
): Promise<void> {
  await app.db.execute(`
    create table bench_recommendations (
      customer_id uuid not null references customers, rank int not null, product_id uuid not null references products,
      score float8 not null, reason text not null);
    create table bench_neighbours (
      customer_id uuid not null references customers, rank int not null, neighbour_id uuid not null references customers,
      score float8 not null);
    create table bench_emails (email text primary key, customer_id uuid not null references customers)`);
  const pick = (ids: readonly string[], position: number): string => ids[position % ids.length]!;
  await app.db.copyIn(
    'copy bench_recommendations from stdin',
    rowsOf(customerIds, 10, (id, index, rank) => {
      const productId = pick(productIds, index * 31 + rank * 97);
      return `${id}\t${rank}\t${productId}\t${1 / rank}\tBought together with ${productId.slice(-6)}\n`;
    }),
  );
  await app.db.copyIn(
    'copy bench_neighbours from stdin',
    rowsOf(
      customerIds,
      5,
      (id, index, rank) => `${id}\t${rank}\t${pick(customerIds, index + rank * 40)}\t${1 / rank}\n`,
    ),
  );
  await app.db.copyIn(
    'copy bench_emails from stdin',
    rowsOf(customerIds, 1, (id, index) => `${emailOf(index)}\t${id}\n`),
  );
  await app.db.execute(`
    alter table bench_recommendations add primary key (customer_id, rank);
    alter table bench_neighbours add primary key (customer_id, rank);
    alter table orders add foreign key (customer_id) references customers`);
}

/** `ranks` rows of each customer as COPY text, in pieces of about 10,000 rows. */
function* rowsOf(
  customerIds: readonly string[],
  ranks: number,
  write: (id: string, index: number, rank: number) => string,
): Generator<string> {
  let rows: string[] = [];
  for (const [index, id] of customerIds.entries()) {
    for (let rank = 1; rank <= ranks; rank += 1) rows.push(write(id, index, rank));
    if (rows.length >= 10_000) {
      yield rows.join('');
      rows = [];
    }
  }
  yield rows.join('');
}
