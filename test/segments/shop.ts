/** People with orders for the tests of segments, on top of the shop of the profile tests. */
import { createSegment } from '#segments/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';

import { addCustomers, addOrders, addProduct, type ShopProduct } from '../profiles/shop.ts';
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
  const product = await addProduct(app.db, { category: 'Kitchen', keywords: ['tea'] });
  const buyers: string[] = [];
  for (let orderCount = 0; orderCount < buyerCount; orderCount += 1) {
    const [customerId] = await addCustomers(app.db, 1, {
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
  await addOrders(app.db, [
    { customerId, kind: 'sale', placedAt: daysAgo(days), lines: [{ product, quantity: 2, unitPrice: '50' }] },
  ]);
}

export async function addSegment(app: TestApp, key: string, rule: string): Promise<string> {
  return (await createSegment(app, { key, name: key, rule })).id;
}

export async function memberIds(app: TestApp, segmentId: string): Promise<string[]> {
  const rows = await app.db.query<{ id: string }>(
    'select customer_id as id from segment_memberships where segment_id = $1 order by customer_id',
    [segmentId],
  );
  return rows.map(({ id }) => id);
}

/** For tests that share a database and not its segments. */
export async function forgetSegments(app: TestApp): Promise<void> {
  for (const table of ['membership_reevaluations', 'membership_intervals', 'segment_memberships', 'segments'])
    await app.db.query(`delete from ${table}`);
}
