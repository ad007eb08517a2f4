import { cancelOrder } from '#events/orders/cancellation.ts';
import type { OrderInput } from '#events/orders/input.ts';
import { recordOrders } from '#events/service.ts';
import { trainModels } from '#recommendations/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { openShop, type Shop, TODAY } from './shop.ts';
import { query } from '../support/query.ts';

let app: TestApp;
let shop: Shop;
let interactionCount: number;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(TODAY);
  shop = await openShop(app);
  ({ interactionCount } = await trainModels(app));
});
afterAll(() => app.close());

async function readSkus(list: 'REBUY' | 'DISCOVER'): Promise<string[]> {
  const data = await query(
    app,
    `query ($id: ID!) { customer(by: { id: $id }) { recommendations(list: ${list}) { product { sku } } } }`,
    { id: shop.customers.get('ann')! },
  );
  return data.customer!.recommendations!.map(({ product }) => product.sku);
}

function orderOfPots(number: string, kind: OrderInput['kind']): OrderInput {
  const lines = [{ sku: 'pot', quantity: 3, unitPrice: '20.00' }];
  const customerId = shop.customers.get('ann')!;
  return { customerId, source: 'test', number, kind, placedAt: new Date('2026-06-20T10:00:00Z'), lines };
}

test('an adjustment is no purchase: lists and training stay as they were', async () => {
  const before = [await readSkus('REBUY'), await readSkus('DISCOVER')];
  expect(before[1]![0]).toBe('pot');

  await recordOrders(app, [orderOfPots('adjusted', 'adjustment')]);

  expect([await readSkus('REBUY'), await readSkus('DISCOVER')]).toEqual(before);
  expect((await trainModels(app)).interactionCount).toBe(interactionCount);
});

test('a sale moves its product to what is bought again, and its cancellation moves it back', async () => {
  const before = [await readSkus('REBUY'), await readSkus('DISCOVER')];

  await recordOrders(app, [orderOfPots('sold', 'sale')]);
  expect(await readSkus('REBUY')).toContain('pot');
  expect(await readSkus('DISCOVER')).not.toContain('pot');

  const customer = { id: shop.customers.get('ann')! };
  await cancelOrder(app, { customer, source: 'test', number: 'sold' }, TODAY);
  expect([await readSkus('REBUY'), await readSkus('DISCOVER')]).toEqual(before);
  expect((await trainModels(app)).interactionCount).toBe(interactionCount);
});
