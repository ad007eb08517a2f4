import { recordOrders } from '#events/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { query, textLike } from '../support/query.ts';
import { day } from './seed.ts';
import { makeCustomers } from '../customers/seed.ts';
import { makeProducts } from '../catalog/seed.ts';

let app: TestApp;
let customerId: string;
beforeAll(async () => {
  app = await openTestApp();
  [customerId] = (await makeCustomers(app, 1)) as [string];
  await makeProducts(app, ['A']);
  const dates = ['2026-03-01', '2026-03-02', '2026-03-03'];
  const lines = [{ sku: 'A', quantity: 2, unitPrice: '2.55' }];
  await recordOrders(
    app,
    dates.map((date) => ({ customerId, source: 'test', number: date, placedAt: day(date), lines })),
  );
});
afterAll(() => app.close());

async function askOrders(selection: string): Promise<unknown> {
  const text = `query ($id: ID!) { customer(by: { id: $id }) { orders(first: 2) { ${selection} } } }`;
  type Like = 'query ($id: ID!) { customer(by: { id: $id }) { orders { totalCount } } }';
  const data = await query(app, textLike<Like>(text), { id: customerId });
  return data.customer!.orders;
}

test.each([
  ['nodes { total { amount } }', { total: { amount: '5.10' } }],
  ['nodes { total { currency } }', { total: { currency: 'GBP' } }],
  [
    'nodes { number total { ... on Money { currency amount } } }',
    { number: '2026-03-03', total: { amount: '5.10', currency: 'GBP' } },
  ],
  ['nodes { itemCount kind }', { itemCount: 2, kind: 'SALE' }],
])('a page of orders holds what is asked for: %s', async (selection, first) => {
  const { nodes } = (await askOrders(selection)) as { nodes: unknown[] };

  expect(nodes).toHaveLength(2);
  expect(nodes[0]).toEqual(first);
});

test('whether there are more orders is told where it is asked', async () => {
  expect(await askOrders('pageInfo { hasNextPage }')).toEqual({ pageInfo: { hasNextPage: true } });
  expect(await askOrders('nodes { number }')).toEqual({
    nodes: [{ number: '2026-03-03' }, { number: '2026-03-02' }],
  });
});
