/**
 * Generates a complete demo shop: equal seed, present and sizes give the same shop on every machine. Writes nothing.
 */
import { createRandom } from '#numeric/random.ts';

import { makeConnections } from './make-connections.ts';
import { makeShoppers, repeatSome } from './make-customers.ts';
import { makeEvents } from './make-events.ts';
import { makeOrders, stockShelves } from './make-orders.ts';
import { makeProducts } from './make-products.ts';
import type { Shop, ShopSizes } from './shop.ts';

export const demoSizes: ShopSizes = { customers: 2000, products: 300, browsingDays: 270 };

/** @param sizes at least one product for each category */
export function generateShop(seed: number, now: Date, sizes: ShopSizes = demoSizes): Shop {
  // A generator for each part, so that a further draw in one part does not change the others.
  const part = (number: number) => createRandom(seed * 16 + number);
  const products = makeProducts(part(1), sizes.products);
  const shoppers = makeShoppers(part(2), sizes.customers, now);
  const stocked = stockShelves(products);
  const orders = makeOrders(part(3), shoppers, stocked, now);
  return {
    products,
    customers: shoppers.map(({ customer }) => customer),
    repeatedCustomers: repeatSome(part(4), shoppers),
    connections: makeConnections(part(6), shoppers),
    orders,
    events: makeEvents(part(5), shoppers, orders, stocked, { now, browsingDays: sizes.browsingDays }),
  };
}
