/** A shop small enough to work out by hand, written to a real database. */
import { upsertProducts } from '#catalog/service.ts';
import { upsertCustomers } from '#customers/service.ts';
import { guestCustomerId } from '#events/guest.ts';
import type { App } from '#platform/app.ts';
import { createId } from '#platform/ids.ts';

export interface Shop {
  readonly products: ReadonlyMap<string, string>;
  readonly customers: ReadonlyMap<string, string>;
}

/** The day on which all tests take place. */
export const TODAY = new Date('2026-06-30T12:00:00Z');

/** Name, category, price, and what is particular about it. */
const PRODUCTS = [
  { sku: 'tea', category: 'Food > Drinks', price: '4.00' },
  { sku: 'cup', category: 'Home > Kitchen', price: '6.50' },
  { sku: 'pot', category: 'Home > Kitchen', price: '20.00' },
  { sku: 'lamp', category: 'Home > Lighting', price: '35.00' },
  { sku: 'bulb', category: 'Home > Lighting', price: '3.00' },
  { sku: 'scone', category: 'Food', price: '1.50' },
  { sku: 'beret', category: 'Clothes', price: '12.00' },
  { sku: 'tray', category: 'Home > Kitchen', price: '9.00', stock: 0 },
  { sku: 'jug', category: 'Home > Kitchen', price: '11.00', isArchived: true },
  { sku: 'postage', kind: 'service', price: '5.00' },
] as const;

/** Who bought what on which days of 2026-06. */
const PURCHASES: readonly (readonly [customer: string, sku: string, ...days: number[]])[] = [
  ['ann', 'tea', 1, 8, 15],
  ['ann', 'cup', 1],
  ['ann', 'postage', 1, 8],
  ['bob', 'tea', 2],
  ['bob', 'cup', 2],
  ['bob', 'pot', 9],
  ['bob', 'tray', 9],
  ['cat', 'tea', 3],
  ['cat', 'pot', 3],
  ['cat', 'jug', 3],
  ['cat', 'postage', 3],
  ['dan', 'lamp', 4],
  ['dan', 'bulb', 4],
  ['eve', 'lamp', 5],
  ['eve', 'tray', 5],
];

/** Twenty in each country who bought one thing once, so that there is something to be popular. */
const CROWDS = [
  { country: 'GB', sku: 'scone', size: 22 },
  { country: 'FR', sku: 'beret', size: 20 },
] as const;

export async function openShop(app: App): Promise<Shop> {
  const outcomes = await upsertProducts(
    app,
    PRODUCTS.map((product) => ({ ...product, name: product.sku })),
  );
  const products = new Map(PRODUCTS.map(({ sku }, index) => [sku as string, outcomes[index]!.productId]));
  const people = [
    ...['ann', 'bob', 'cat', 'dan', 'eve', 'nobody'].map((name) => ({ name, country: 'GB' })),
    { name: 'personne', country: 'FR' },
    ...CROWDS.flatMap(({ country, size }) =>
      Array.from({ length: size }, (_, index) => ({ name: `${country}${index}`, country })),
    ),
  ];
  const known = await upsertCustomers(
    app,
    people.map(({ name, country }) => ({
      identities: [{ kind: 'external', value: name, source: 'test' }],
      country,
    })),
  );
  const shop = {
    products,
    customers: new Map(people.map(({ name }, index) => [name, known[index]!.customerId])),
  };

  const purchases = PURCHASES.flatMap(([customer, sku, ...days]) =>
    days.map((day) => ({ customer, sku, day })),
  );
  const crowd = CROWDS.flatMap(({ country, sku, size }) =>
    Array.from({ length: size }, (_, index) => ({ customer: `${country}${index}`, sku, day: 1 + index })),
  );
  for (const { customer, sku, day } of [...purchases, ...crowd]) await buy(app, shop, customer, sku, day);
  await writeLine(app, guestCustomerId, products.get('lamp')!, new Date('2026-06-01T10:00:00Z'), 50);
  return shop;
}

/** @param day of 2026-06 */
export async function buy(
  app: App,
  shop: Shop,
  customer: string,
  sku: string,
  day: number,
  quantity = 1,
): Promise<void> {
  const at = new Date(Date.UTC(2026, 5, day, 10));
  await writeLine(app, shop.customers.get(customer)!, shop.products.get(sku)!, at, quantity);
}

async function writeLine(
  app: App,
  customerId: string,
  productId: string,
  at: Date,
  quantity: number,
): Promise<void> {
  await app.db.query(
    `/* test.line */
    insert into order_lines (customer_id, order_id, line_number, product_id, quantity, unit_price, amount, placed_at)
    values ($1::uuid, $2::uuid, 1, $3::uuid, $4::int, 1, $4::int, $5::timestamptz)`,
    [customerId, createId(at.getTime()), productId, quantity, at],
  );
}
