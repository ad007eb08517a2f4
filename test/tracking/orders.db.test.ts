import { afterAll, beforeAll, expect, test } from 'vitest';

import { startTracking, type Tracking } from './tracking.ts';

let tracking: Tracking;
beforeAll(async () => {
  tracking = await startTracking();
});
afterAll(() => tracking.close());

const track = (userId: string, event: string, properties: object) =>
  tracking.send('/v1/track', { userId, event, properties });

async function ordersOf(userId: string) {
  const { customer } = await tracking.ask(
    `query ($id: String!) { customer(by: { externalId: { source: "shop", id: $id } }) {
      profile { orderCount revenue { amount } }
      orders(first: 10) { nodes { number kind cancelledAt total { amount } lines { quantity product { sku name } } } } } }`,
    { id: userId },
  );
  return { profile: customer!.profile!, orders: customer!.orders!.nodes };
}

const products = [
  { sku: 'LAMP', name: 'Lamp', price: 20, quantity: 2, category: 'Light' },
  { product_id: 'BULB', name: 'Bulb', price: '1.25' },
];

test('Order Completed is an order, with the products that the catalogue lacked', async () => {
  await track('buyer', 'Order Completed', { order_id: 'A-1', currency: 'GBP', products });
  await track('buyer', 'Order Completed', { order_id: 'A-1', currency: 'GBP', products });

  const { profile, orders } = await ordersOf('buyer');
  expect(orders).toEqual([
    {
      number: 'A-1',
      kind: 'SALE',
      cancelledAt: null,
      total: { amount: '41.25' },
      lines: [
        { quantity: 2, product: { sku: 'LAMP', name: 'Lamp' } },
        { quantity: 1, product: { sku: 'BULB', name: 'Bulb' } },
      ],
    },
  ]);
  expect(profile).toMatchObject({ orderCount: 1, revenue: { amount: '41.25' } });
});

test('Order Refunded takes back the products it names, or the whole order', async () => {
  for (const id of ['part', 'whole']) {
    await track(id, 'Order Completed', { order_id: `R-${id}`, products });
  }
  await track('part', 'Order Refunded', {
    order_id: 'R-part',
    products: [{ sku: 'LAMP', price: 20, quantity: 1 }],
  });
  await track('whole', 'Order Refunded', { order_id: 'R-whole' });

  expect((await ordersOf('part')).profile.revenue.amount).toBe('21.25');
  expect((await ordersOf('whole')).profile.revenue.amount).toBe('0.00');
});

test('Order Cancelled cancels the order, and is a reject where there is none', async () => {
  await track('regret', 'Order Completed', { order_id: 'C-1', products });
  await track('regret', 'Order Cancelled', { order_id: 'C-1' });
  await track('regret', 'Order Cancelled', { order_id: 'C-2' });

  const { profile, orders } = await ordersOf('regret');
  expect(orders).toMatchObject([{ number: 'C-1', cancelledAt: expect.any(String) }]);
  expect(profile.orderCount).toBe(0);
  const { trackingRejects } = await tracking.ask('{ trackingRejects(first: 5) { nodes { type reason } } }');
  expect(trackingRejects!.nodes).toMatchObject([
    { type: 'track', reason: expect.stringContaining('no such order') },
  ]);
});

test('an order in another currency is refused with the reason', async () => {
  const sent = await track('abroad', 'Order Completed', { order_id: 'E-1', currency: 'EUR', products });

  expect(sent).toMatchObject({ status: 400, body: { message: expect.stringContaining('GBP') } });
});

test('a rejected message is replayed once what was missing is there', async () => {
  await track('early', 'Order Cancelled', { order_id: 'L-1' });
  await tracking.send('/v1/track', {
    userId: 'early',
    event: 'Order Completed',
    properties: { order_id: 'L-1', products },
    timestamp: new Date(Date.now() - 3_600_000).toISOString(),
  });
  const { trackingRejects } = await tracking.ask(
    '{ trackingRejects(source: "shop", first: 1) { totalCount nodes { id message } } }',
  );
  const [reject] = trackingRejects!.nodes;

  const replay = `mutation ($ids: [ID!]!) { replayTrackingRejects(input: { ids: $ids }) {
    ... on ReplayTrackingRejectsPayload { replayedCount kept { id } } } }` as const;
  const first = await tracking.ask(replay, { ids: [reject!.id] });
  await tracking.settle();
  const second = await tracking.ask(replay, { ids: [reject!.id] });
  await tracking.settle();

  expect(reject!.message).toMatchObject({ event: 'Order Cancelled', properties: { order_id: 'L-1' } });
  expect(first.replayTrackingRejects).toMatchObject({ replayedCount: 1, kept: [] });
  expect(second.replayTrackingRejects).toMatchObject({ replayedCount: 0 });
  expect((await ordersOf('early')).orders).toMatchObject([{ cancelledAt: expect.any(String) }]);
});

test('a view of a known product is about it, and an unknown product is an event without one', async () => {
  await track('looker', 'Product Viewed', { sku: 'LAMP' });
  await track('looker', 'Product Added', { product_id: 'BULB' });
  await track('looker', 'Product Viewed', { sku: 'UNHEARD-OF' });

  const { customer } = await tracking.ask(`{ customer(by: { externalId: { source: "shop", id: "looker" } }) {
    events(first: 5) { nodes { kind product { sku } } } } }`);
  expect(customer!.events!.nodes).toEqual([
    { kind: 'product_viewed', product: null },
    { kind: 'added_to_cart', product: { sku: 'BULB' } },
    { kind: 'product_viewed', product: { sku: 'LAMP' } },
  ]);
});
