/** Builds the database of the read benchmark: customers with tastes, a catalogue with best sellers, order lines. */
import type { App } from '#platform/app.ts';
import { deriveId } from '#platform/ids.ts';

import { createRandom, type Random } from '#numeric/random.ts';
import { upsertProducts } from '#catalog/service.ts';
import { upsertCustomers } from '#customers/service.ts';
import { recomputeProfiles } from '#profiles/service.ts';
import { trainModels } from '#recommendations/service.ts';
import { createSegment, evaluateAllSegments } from '#segments/service.ts';
import { demoSegments } from '#segments/demo-segments.ts';

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
  await app.db.execute(peerTables);
  await app.db.copyIn(
    'copy bench_emails (email, customer_id) from stdin',
    customerIds.map((id, index) => `${emailOf(index)}\t${id}\n`),
  );
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
const peerTables = `
create table bench_recommendations (
  customer_id uuid not null references customers, rank int not null, product_id uuid not null references products,
  score float8 not null, reason text not null, primary key (customer_id, rank));
insert into bench_recommendations
select c.id, r.rank, p.id, 1.0 / r.rank, 'Bought together with what you have'
from (select id, row_number() over (order by id) as position from customers) c
cross join generate_series(1, 10) as r(rank)
join (select id, row_number() over (order by id) - 1 as position, count(*) over () as total from products) p
  on p.position = (c.position * 31 + r.rank * 97) % p.total;
create table bench_neighbours (
  customer_id uuid not null references customers, rank int not null, neighbour_id uuid not null references customers,
  score float8 not null, primary key (customer_id, rank));
insert into bench_neighbours
select c.id, r.rank, n.id, 1.0 / r.rank
from (select id, row_number() over (order by id) as position from customers) c
cross join generate_series(1, 5) as r(rank)
join (select id, row_number() over (order by id) - 1 as position, count(*) over () as total from customers) n
  on n.position = (c.position * 17 + r.rank * 40) % n.total;
create table bench_emails (email text primary key, customer_id uuid not null references customers);
alter table orders add foreign key (customer_id) references customers;
create index on bench_recommendations (product_id);
create index on bench_neighbours (neighbour_id);
`;
