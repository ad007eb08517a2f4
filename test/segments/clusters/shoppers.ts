/** Three kinds of shoppers with their profiles, written straight into the tables: many lapsed, some regular, few large. */
import { createRandom } from '#numeric/random.ts';
import { refreshProfiles } from '#profiles/service.ts';

import { DAY_MS, NOW } from '../shop.ts';
import type { TestApp } from '../../support/app.ts';
import { insertCustomers } from '../../customers/seed.ts';
import { insertOrders } from '../../events/seed.ts';
import { insertProduct } from '../../catalog/seed.ts';

const kinds = [
  { name: 'lapsed', count: 60, days: 300, orders: 1, price: 20 },
  { name: 'regular', count: 40, days: 40, orders: 4, price: 50 },
  { name: 'large', count: 20, days: 6, orders: 9, price: 400 },
] as const;

export interface Shoppers {
  /** Ids by kind, in the order of `kinds`. */
  readonly byKind: readonly (readonly string[])[];
  /** Never bought. */
  readonly visitor: string;
}

export async function addShoppers(app: TestApp): Promise<Shoppers> {
  app.setNow(NOW);
  const random = createRandom(1);
  const near = (value: number) => value * Math.exp(0.15 * random.normal());
  const product = await insertProduct(app.db);
  const byKind: string[][] = [];
  for (const { count, days, orders, price } of kinds) {
    const ids = await insertCustomers(app.db, count, { createdAt: new Date(NOW.getTime() - 500 * DAY_MS) });
    byKind.push(ids);
    const placed = ids.flatMap((customerId) => {
      const last = near(days);
      return Array.from({ length: orders }, (_, order) => ({
        customerId,
        kind: 'sale' as const,
        placedAt: new Date(NOW.getTime() - (last + order * 12) * DAY_MS),
        lines: [{ product, quantity: 1, unitPrice: near(price).toFixed(2) }],
      }));
    });
    await insertOrders(app.db, placed);
  }
  const [visitor] = await insertCustomers(app.db, 1);
  await refreshProfiles(app.db, [...byKind.flat(), visitor!], NOW);
  return { byKind, visitor: visitor! };
}
