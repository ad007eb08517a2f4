/** People with orders for the tests of segments, on top of the shop of the profile tests. */
import { refreshDerivedData } from '#segments/membership/refresh.ts';

import { insertProduct, type ShopProduct } from '../catalog/seed.ts';
import { insertCustomers } from '../customers/seed.ts';
import { insertOrders } from '../events/seed.ts';
import type { TestApp } from '../support/app.ts';

export const NOW = new Date('2026-06-01T12:00:00Z');
export const DAY_MS = 86_400_000;

function daysAgo(days: number): Date {
  return new Date(NOW.getTime() - days * DAY_MS);
}

export interface Shop {
  readonly product: ShopProduct;
  /** By how often they bought: `buyers[3]` bought 3 times for 100 each, last 10 days ago and every 10 days before. */
  readonly buyers: readonly string[];
}

export async function openShop(app: TestApp, buyerCount = 6): Promise<Shop> {
  app.setNow(NOW);
  const product = await insertProduct(app.db, { category: 'Kitchen', keywords: ['tea'] });
  const buyers: string[] = [];
  for (let orderCount = 0; orderCount < buyerCount; orderCount += 1) {
    const [customerId] = await insertCustomers(app.db, 1, {
      country: orderCount % 2 === 0 ? 'GB' : 'FR',
      createdAt: daysAgo(400 - orderCount),
    });
    buyers.push(customerId!);
    for (let order = 1; order <= orderCount; order += 1) await buy(app, product, customerId!, order * 10);
  }
  await refreshDerivedData(app, buyers);
  return { product, buyers };
}

export async function buy(
  app: TestApp,
  product: ShopProduct,
  customerId: string,
  days: number,
): Promise<void> {
  await insertOrders(app.db, [
    { customerId, kind: 'sale', placedAt: daysAgo(days), lines: [{ product, quantity: 2, unitPrice: '50' }] },
  ]);
}
