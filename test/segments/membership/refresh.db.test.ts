import { changeListeners } from '#customers/changes.ts';
import { recordConsent } from '#customers/service.ts';
import { recordOrders } from '#events/service.ts';
import { createSegment } from '#segments/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { query } from '../../support/query.ts';
import { insertCustomers } from '../../customers/seed.ts';
import { insertProduct, type ShopProduct } from '../../catalog/seed.ts';

const NOW = new Date('2026-06-01T12:00:00Z');

let app: TestApp;
let product: ShopProduct;
let customerId: string;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  changeListeners(app).push((ids) => refreshDerivedData(app, ids));
  product = await insertProduct(app.db);
  [customerId] = (await insertCustomers(app.db, 1)) as [string];
  await createSegment(app, { key: 'buyers', name: 'Buyers', rule: 'number_of_orders > 0' });
  await createSegment(app, {
    key: 'reachable',
    name: 'Reachable',
    rule: "IN SEGMENT 'buyers' AND email_subscription_status = 'subscribed'",
  });
});
afterAll(() => app.close());

async function state() {
  const data = await query(
    app,
    `query ($id: ID!) { customer(by: { id: $id }) {
      profile { orderCount revenue { amount } } segments { nodes { key } }
    } }`,
    { id: customerId },
  );
  const { profile, segments } = data.customer!;
  return {
    orderCount: profile!.orderCount,
    revenue: profile!.revenue.amount,
    segments: segments!.nodes.map(({ key }) => key).toSorted(),
  };
}

test('what was recorded shows in profile and segments of the next request, and leaves no mark', async () => {
  await recordOrders(app, [
    {
      customerId,
      source: 'shop',
      number: '1',
      placedAt: NOW,
      lines: [{ productId: product.id, quantity: 2, unitPrice: '7.50' }],
    },
  ]);
  expect(await state()).toEqual({ orderCount: 1, revenue: '15.00', segments: ['buyers'] });

  await recordConsent(app, customerId, {
    channel: 'email',
    purpose: 'marketing',
    status: 'granted',
    source: 'test',
    recordedAt: NOW,
  });
  expect(await state()).toMatchObject({ segments: ['buyers', 'reachable'] });
  expect(await app.db.query('select 1 from recompute_queue')).toHaveLength(0);
});
