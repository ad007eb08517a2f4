import { recordOrders } from '#events/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { query, firstError } from '../../support/query.ts';
import { globalId } from '../../support/global-ids.ts';
import { day } from '../seed.ts';
import { makeCustomers } from '../../customers/seed.ts';
import { makeProducts } from '../../catalog/seed.ts';
import { order } from './order.ts';

let app: TestApp;
let customers: string[];
beforeAll(async () => {
  app = await openTestApp();
  customers = await makeCustomers(app, 30);
  await makeProducts(app, ['A', 'B', 'C']);
});
afterAll(() => app.close());

test('pages orders newest first in both directions, over orders that are added meanwhile', async () => {
  const customerId = customers[23]!;
  const place = (on: string) => recordOrders(app, [order(customerId, [['A', 1]], on)]);
  for (const on of ['2026-01-01', '2026-01-03', '2026-01-05', '2026-01-07']) await place(on);
  const read = async (args: string) => {
    const data = await query(
      app,
      `query ($id: ID!) { customer(by: { id: $id }) { orders(${args}) {
        totalCount nodes { placedAt } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
      { id: customerId },
    );
    const { nodes, ...rest } = data.customer!.orders!;
    return {
      days: nodes.map(({ placedAt }) => new Date(placedAt).getUTCDate()),
      ...rest,
    };
  };

  const first = await read('first: 2');
  await place('2026-01-09');
  await place('2026-01-04');
  const second = await read(`first: 2, after: "${first.pageInfo.endCursor}"`);
  const back = await read(`last: 1, before: "${second.pageInfo.startCursor}"`);
  const oldest = await read('last: 2');

  expect(first).toMatchObject({ days: [7, 5], totalCount: 4, pageInfo: { hasNextPage: true } });
  expect(second).toMatchObject({ days: [4, 3], totalCount: 6 });
  expect(back).toMatchObject({ days: [5], pageInfo: { hasPreviousPage: true, hasNextPage: true } });
  expect(oldest).toMatchObject({ days: [3, 1], pageInfo: { hasNextPage: false } });
});

test('answers a clear error to a cursor that is not one of the list', async () => {
  const read = async (cursor: string) => {
    const error = await firstError(
      app,
      `query ($id: ID!, $after: String) { customer(by: { id: $id }) { orders(after: $after) { nodes { id } } } }`,
      { id: customers[23]!, after: cursor },
    );
    return error.code;
  };

  expect(await read('nonsense')).toBe('BAD_USER_INPUT');
  expect(await read(Buffer.from(`["placedAt","'; --","x"]`).toString('base64url'))).toBe('BAD_USER_INPUT');
});

test('reads the orders, lines and products of many people in one statement per level', async () => {
  const text = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer {
    orders(first: 5) { totalCount nodes { number total { amount } lines { quantity product { name } } original { number } } }
    events(first: 5, kinds: ["order_placed"]) { totalCount nodes { kind order { number } product { name } } } } } }`;
  const statementsFor = async (count: number) => {
    const ids = customers.slice(6, 6 + count).map((id) => globalId('Customer', id));
    app.resetStatements();
    const data = await query(app, text, { ids });
    expect(data.nodes!.every((node) => node!.orders!.nodes.length > 0)).toBe(true);
    return [...app.statements];
  };
  const some = customers.slice(6, 16);
  await recordOrders(app, [
    ...some.map((id) => order(id, [['A', 2]])),
    ...some.map((id) => order(id, [['A', -2]], '2026-03-02')),
  ]);
  await statementsFor(1);

  const ofOne = await statementsFor(1);
  const ofTen = await statementsFor(10);

  expect(ofTen.length).toBe(ofOne.length);
  // Customers; pages and counts of orders and events; lines; orders of the events.
  expect(ofTen.length).toBeLessThanOrEqual(7);
});

test('sums up what was sold, by kind, person and repeats', async () => {
  const other = await openTestApp();
  try {
    const [person] = await makeCustomers(other, 1);
    await makeProducts(other, ['A', 'B']);
    await recordOrders(other, [
      order(
        person!,
        [
          ['A', 2],
          ['B', 1],
        ],
        '2026-01-01',
      ),
      order(person!, [['A', -1]], '2026-01-02'),
      order(null, [['A', 4]], '2026-01-03'),
    ]);
    await other.db.query('update order_lines set repeat_count = 2 where quantity = 4');

    const data = await query(
      other,
      `{ all: salesSummary { lineCount orderCount customerCount productCount itemCount revenue { amount } firstOrderAt }
        sales: salesSummary(filter: { kinds: [SALE], hasCustomer: true }) { lineCount revenue { amount } }
        guests: salesSummary(filter: { hasCustomer: false }) { lineCount customerCount revenue { amount } }
        raw: salesSummary(filter: { countRepeats: true }) { lineCount itemCount revenue { amount } }
        none: salesSummary(filter: { country: "Nauru" }) { lineCount revenue { amount } firstOrderAt } }`,
    );

    expect(data).toEqual({
      all: {
        lineCount: 4,
        orderCount: 3,
        customerCount: 1,
        productCount: 2,
        itemCount: 6,
        revenue: { amount: '15.30' },
        firstOrderAt: day('2026-01-01').toISOString(),
      },
      sales: { lineCount: 2, revenue: { amount: '7.65' } },
      guests: { lineCount: 1, customerCount: 0, revenue: { amount: '10.20' } },
      raw: { lineCount: 6, itemCount: 14, revenue: { amount: '35.70' } },
      none: { lineCount: 0, revenue: { amount: '0.00' }, firstOrderAt: null },
    });
  } finally {
    await other.close();
  }
});
