import { changeListeners } from '#customers/changes.ts';
import { createSegment } from '#segments/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { query } from '../../support/query.ts';
import type { Inputs } from '../../support/schema-types.d.ts';
import { globalId } from '../../support/global-ids.ts';
import { makeCustomers } from '../../customers/seed.ts';
import { makeProducts } from '../../catalog/seed.ts';

let app: TestApp;
let customers: string[];
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(new Date('2026-06-30T12:00:00Z'));
  changeListeners(app).push((ids) => refreshDerivedData(app, ids));
  customers = await makeCustomers(app, 10);
  await makeProducts(app, ['A', 'B', 'C']);
  await createSegment(app, { key: 'buyers', name: 'Buyers', rule: 'number_of_orders >= 1' });
});
afterAll(() => app.close());

const RECORD = `mutation ($input: RecordOrdersInput!) { recordOrders(input: $input) { __typename
  ... on RecordOrdersPayload { results { outcome order { id } } } ... on InvalidItemsError { items { index field message } } } }`;
const CANCEL = `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename
  ... on CancelOrderPayload { outcome order { cancelledAt } } ... on Error { message } } }`;

type Line = readonly [sku: string, quantity: number];

function orderOf(
  customerId: string,
  number: string,
  lines: readonly Line[],
  more: Partial<Inputs['OrderInput']> = {},
): Inputs['OrderInput'] {
  return {
    customer: { id: customerId },
    source: 'shop',
    number,
    placedAt: '2026-03-01T12:00:00Z',
    lines: lines.map(([sku, quantity]) => ({ sku, quantity, unitPrice: '10' })),
    ...more,
  };
}

async function record(orders: readonly Inputs['OrderInput'][], mode: 'ADD_LINES' | 'REPLACE' = 'ADD_LINES') {
  const data = await query(app, RECORD, { input: { orders, mode } });
  return data.recordOrders!;
}

async function cancel(order: Inputs['CancelOrderInput']['order'], cancelledAt?: string) {
  const data = await query(app, CANCEL, { input: { order, cancelledAt } });
  return data.cancelOrder!;
}

async function read(customerId: string) {
  const data = await query(
    app,
    `query ($id: ID!) { customer(by: { id: $id }) {
      profile { orderCount returnCount revenue { amount } lastOrderAt }
      orders { nodes { id number kind placedAt cancelledAt total { amount } itemCount country original { number }
        lines { product { sku } quantity } } }
      segments { nodes { key } }
      events { nodes { kind occurredAt order { number } } } } }`,
    { id: customerId },
  );
  return data.customer;
}

describe('mode REPLACE', () => {
  test('makes a stored order what the input says: lines, kind, time, country, timeline and profile', async () => {
    const id = customers[0]!;
    await record([
      orderOf(
        id,
        '1',
        [
          ['A', 2],
          ['B', 1],
        ],
        { country: 'GB' },
      ),
    ]);

    const corrected = orderOf(id, '1', [['C', 5]], { country: 'FR', placedAt: '2026-03-02T09:00:00Z' });
    expect(await record([corrected], 'REPLACE')).toMatchObject({ results: [{ outcome: 'UPDATED' }] });

    expect(await read(id)).toMatchObject({
      profile: {
        orderCount: 1,
        revenue: { amount: '50.00' },
        lastOrderAt: '2026-03-02T09:00:00.000Z',
      },
      orders: {
        nodes: [
          { number: '1', country: 'FR', itemCount: 5, lines: [{ product: { sku: 'C' }, quantity: 5 }] },
        ],
      },
      events: { nodes: [{ kind: 'order_placed', occurredAt: '2026-03-02T09:00:00.000Z' }] },
    });
    expect(await record([corrected], 'REPLACE')).toMatchObject({ results: [{ outcome: 'UNCHANGED' }] });
  });

  test('keeps the id of an order whose time stays, and creates one that is not there', async () => {
    const id = customers[1]!;
    const { results } = await record([orderOf(id, '1', [['A', 2]])]);

    const again = await record([orderOf(id, '1', [['A', 1]]), orderOf(id, '2', [['B', 1]])], 'REPLACE');

    expect(again.results).toMatchObject([
      { outcome: 'UPDATED', order: { id: results![0]!.order!.id } },
      { outcome: 'CREATED' },
    ]);
  });

  test('links the returns of a corrected sale anew', async () => {
    const id = customers[2]!;
    const returned = orderOf(id, 'R', [['A', -2]], { placedAt: '2026-03-09T12:00:00Z' });
    await record([orderOf(id, '1', [['A', 2]]), returned]);
    expect((await read(id))!.orders!.nodes[0]).toMatchObject({ number: 'R', original: { number: '1' } });

    await record([orderOf(id, '1', [['B', 2]])], 'REPLACE');

    expect((await read(id))!.orders!.nodes[0]).toMatchObject({ number: 'R', original: null });
  });

  test('refuses an order that stands in the list twice, naming the first', async () => {
    const id = customers[3]!;

    expect(await record([orderOf(id, '1', [['A', 2]]), orderOf(id, '1', [['A', 3]])], 'REPLACE')).toEqual({
      __typename: 'InvalidItemsError',
      items: [{ index: 1, field: 'number', message: expect.stringContaining('item 0') }],
    });
    expect((await read(id))!.orders!.nodes).toEqual([]);
  });
});

describe('cancelOrder', () => {
  test('takes the order out of profile, segments and rules, and leaves it readable', async () => {
    const id = customers[4]!;
    await record([orderOf(id, '1', [['A', 2]])]);
    expect((await read(id))!.segments!.nodes).toEqual([{ key: 'buyers' }]);

    const order = { number: { customer: { id }, source: 'shop', number: '1' } };
    expect(await cancel(order, '2026-03-04T12:00:00Z')).toEqual({
      __typename: 'CancelOrderPayload',
      outcome: 'UPDATED',
      order: { cancelledAt: '2026-03-04T12:00:00.000Z' },
    });

    expect(await read(id)).toMatchObject({
      profile: { orderCount: 0, revenue: { amount: '0.00' }, lastOrderAt: null },
      orders: { nodes: [{ number: '1', kind: 'SALE', itemCount: 2 }] },
      segments: { nodes: [] },
      events: { nodes: [{ kind: 'order_cancelled', order: { number: '1' } }, { kind: 'order_placed' }] },
    });
    for (const [rule, size] of [
      ["orders_placed MATCHES (source = 'shop')", 0],
      ["products_purchased MATCHES (sku = 'A')", 0],
      ['DID orders_cancelled', 1],
    ] as const) {
      const data = await query(
        app,
        `query ($rule: String!, $id: ID!) { segmentPreview(rule: $rule) { ... on SegmentPreview { sample { id } } ... on Error { message } } customer(by: { id: $id }) { id } }`,
        { rule, id },
      );
      const found = data.segmentPreview!.sample!.filter((one) => one.id === data.customer!.id);
      expect([rule, found.length]).toEqual([rule, size]);
    }
  });

  test('changes nothing the second time, nor when the same order is recorded again', async () => {
    const id = customers[5]!;
    const { results } = await record([orderOf(id, '1', [['A', 2]])]);
    const order = { id: results![0]!.order!.id };
    await cancel(order, '2026-03-04T12:00:00Z');

    expect(await cancel(order, '2026-03-05T12:00:00Z')).toMatchObject({
      outcome: 'UNCHANGED',
      order: { cancelledAt: '2026-03-04T12:00:00.000Z' },
    });
    await record([
      orderOf(id, '1', [
        ['A', 2],
        ['B', 1],
      ]),
    ]);
    expect((await read(id))!.profile!.orderCount).toBe(0);
    const [line] = await app.db.query(
      'select count(*) filter (where is_counted) as counted, count(*) as all from order_lines where customer_id = $1',
      [id],
    );
    expect(line).toEqual({ counted: 0, all: 2 });
  });

  test('is undone by a replacement', async () => {
    const id = customers[6]!;
    await record([orderOf(id, '1', [['A', 2]])]);
    await cancel({ number: { customer: { id }, source: 'shop', number: '1' } });

    await record([orderOf(id, '1', [['A', 2]])], 'REPLACE');

    expect(await read(id)).toMatchObject({
      profile: { orderCount: 1, revenue: { amount: '20.00' } },
      orders: { nodes: [{ cancelledAt: null }] },
      segments: { nodes: [{ key: 'buyers' }] },
    });
  });

  test('lets a return that was linked to it go free', async () => {
    const id = customers[7]!;
    const returned = orderOf(id, 'R', [['A', -2]], { placedAt: '2026-03-09T12:00:00Z' });
    const { results } = await record([orderOf(id, '1', [['A', 2]]), returned]);

    await cancel({ id: results![0]!.order!.id });

    expect((await read(id))!.orders!.nodes[0]).toMatchObject({ number: 'R', original: null });
  });

  test.for([
    ['an unknown number', { number: { source: 'shop', number: 'none' } }, undefined, 'NotFoundError'],
    [
      'an unknown customer',
      { number: { customer: { email: 'no@example.com' }, source: 's', number: '1' } },
      undefined,
      'NotFoundError',
    ],
    ['a made-up id', { id: globalId('Order', 'nothing') }, undefined, 'NotFoundError'],
  ] as const)('answers %s with a typed error', async ([, order, at, typeName]) => {
    expect(await cancel(order, at)).toMatchObject({ __typename: typeName });
  });

  test('refuses a time before the order was placed', async () => {
    const id = customers[8]!;
    await record([orderOf(id, '1', [['A', 2]])]);

    expect(
      await cancel({ number: { customer: { id }, source: 'shop', number: '1' } }, '2026-02-01T00:00:00Z'),
    ).toMatchObject({ __typename: 'InvalidInputError', message: expect.stringContaining('2026-03-01') });
    expect((await read(id))!.profile!.orderCount).toBe(1);
  });
});
