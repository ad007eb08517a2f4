import { InvalidItemsError } from '#platform/input/item-errors.ts';
import { mergeCustomers } from '#customers/service.ts';
import type { OrderInput } from '#events/orders/input.ts';
import { recordOrders } from '#events/service.ts';
import { createId } from '#platform/ids.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { query, firstError } from '../../support/query.ts';
import { globalId } from '../../support/global-ids.ts';
import { day } from '../seed.ts';
import { makeCustomers } from '../../customers/seed.ts';
import { makeProducts } from '../../catalog/seed.ts';

let app: TestApp;
let customers: string[];
beforeAll(async () => {
  app = await openTestApp();
  customers = await makeCustomers(app, 30);
  await makeProducts(app, ['A', 'B', 'C']);
});
afterAll(() => app.close());

let lastNumber = 0;
function order(customerId: string | null, lines: readonly [string, number][], on = '2026-03-01'): OrderInput {
  lastNumber += 1;
  return {
    customerId,
    source: 'test',
    number: String(lastNumber),
    placedAt: day(on),
    lines: lines.map(([sku, quantity]) => ({ sku, quantity, unitPrice: '2.55' })),
  };
}

async function tablesOf(customerId: string): Promise<unknown> {
  const tables = ['orders', 'order_lines', 'events', 'recompute_queue'];
  return Promise.all(
    tables.map((table) => app.db.query(`select * from ${table} where customer_id = $1`, [customerId])),
  );
}

test('writes an order with its lines and one entry on the timeline', async () => {
  const customerId = customers[0]!;

  const [outcome] = await recordOrders(app, [
    order(customerId, [
      ['A', 3],
      ['B', 1],
    ]),
  ]);

  expect(outcome).toMatchObject({ customerId, outcome: 'created' });
  const data = await query(
    app,
    `query ($id: ID!) { customer(by: { id: $id }) {
      lastSeenAt
      orders { totalCount nodes { kind total { amount currency } itemCount lineCount
        lines { lineNumber quantity unitPrice { amount } amount { amount } product { sku } } } }
      events { nodes { kind occurredAt order { number } } } } }`,
    { id: customerId },
  );
  expect(data.customer).toEqual({
    lastSeenAt: day('2026-03-01').toISOString(),
    orders: {
      totalCount: 1,
      nodes: [
        {
          kind: 'SALE',
          total: { amount: '10.20', currency: 'GBP' },
          itemCount: 4,
          lineCount: 2,
          lines: [
            {
              lineNumber: 1,
              quantity: 3,
              unitPrice: { amount: '2.55' },
              amount: { amount: '7.65' },
              product: { sku: 'A' },
            },
            {
              lineNumber: 2,
              quantity: 1,
              unitPrice: { amount: '2.55' },
              amount: { amount: '2.55' },
              product: { sku: 'B' },
            },
          ],
        },
      ],
    },
    events: {
      nodes: [{ kind: 'order_placed', occurredAt: day('2026-03-01').toISOString(), order: { number: '1' } }],
    },
  });
});

test('changes nothing when the same orders come again, or a part of them', async () => {
  const customerId = customers[1]!;
  const input = order(customerId, [
    ['A', 1],
    ['A', 1],
    ['B', 2],
  ]);
  await recordOrders(app, [input]);
  const before = await tablesOf(customerId);

  const again = await recordOrders(app, [input, { ...input, lines: input.lines.slice(0, 2) }]);

  expect(again.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
  expect(await tablesOf(customerId)).toEqual(before);
});

test('gives an order the lines it lacks, and adds them to its total', async () => {
  const input = order(customers[2]!, [
    ['A', 1],
    ['B', 1],
    ['A', 1],
  ]);
  const [first] = await recordOrders(app, [{ ...input, lines: input.lines.slice(0, 1) }]);

  const [second] = await recordOrders(app, [input]);

  expect(second).toEqual({ ...first, outcome: 'updated', addedLineCount: 2 });
  const [row] = await app.db.query('select total, item_count, line_count from orders where id = $1', [
    first!.orderId,
  ]);
  expect(row).toEqual({ total: '7.6500', item_count: 3, line_count: 3 });
});

test('keeps sales without a person out of timelines and of the people to bring up to date', async () => {
  const [sale] = await recordOrders(app, [order(null, [['A', 1]])]);

  const data = await query(app, `query ($id: ID!) { node(id: $id) { ... on Order { customer { id } } } }`, {
    id: globalId('Order', `${sale!.customerId}:${sale!.orderId}`),
  });
  expect(data.node).toEqual({ customer: null });
  const [, , events, changes] = (await tablesOf(sale!.customerId)) as unknown[][];
  expect([...events!, ...changes!]).toEqual([]);
});

test('names every unknown customer and product, and writes none of the list', async () => {
  const stranger = createId();
  const error = await recordOrders(app, [
    order(customers[3]!, [['A', 1]]),
    order(stranger, [['A', 1]]),
    order(customers[3]!, [
      ['A', 1],
      ['NOPE', 1],
    ]),
  ]).catch((caught: unknown) => caught);

  expect(error).toBeInstanceOf(InvalidItemsError);
  expect((error as InvalidItemsError).items).toEqual([
    { index: 1, field: 'customerId', code: 'unknown_customer', message: expect.stringContaining(stranger) },
    { index: 2, field: 'lines.1', code: 'unknown_product', message: 'there is no product NOPE' },
  ]);
  const [orders] = (await tablesOf(customers[3]!)) as unknown[][];
  expect(orders).toHaveLength(0);
});

test('refuses quantities, prices and times that cannot be summed up', async () => {
  const valid = order(customers[3]!, [['A', 1]]);
  const line = valid.lines[0]!;
  const error = await recordOrders(app, [
    { ...valid, lines: [{ ...line, quantity: 0 }] },
    { ...valid, lines: [{ ...line, quantity: 2_000_000 }] },
    { ...valid, lines: [{ ...line, unitPrice: '1e3' }] },
    { ...valid, lines: [{ ...line, quantity: 1_000_000, unitPrice: '1000' }] },
    { ...valid, placedAt: new Date('0001-01-01') },
    { ...valid, number: 'a\u0000b' },
    { ...valid, customerId: "'; drop table orders" },
  ]).catch((caught: unknown) => caught);

  expect((error as InvalidItemsError).items.map(({ index, field }) => [index, field])).toEqual([
    [0, 'lines.0.quantity'],
    [1, 'lines.0.quantity'],
    [2, 'lines.0.unitPrice'],
    [3, 'lines.0.unitPrice'],
    [4, 'placedAt'],
    [5, 'number'],
    [6, 'customerId'],
  ]);
});

test('links a return to the sale of exactly its quantities, else to the latest that holds them', async () => {
  const customerId = customers[4]!;
  const exact = order(
    customerId,
    [
      ['A', 2],
      ['B', 1],
    ],
    '2026-01-01',
  );
  const larger = order(
    customerId,
    [
      ['A', 5],
      ['B', 3],
      ['C', 1],
    ],
    '2026-01-02',
  );
  const small = order(customerId, [['A', 1]], '2026-01-03');
  const later = order(
    customerId,
    [
      ['A', 2],
      ['B', 1],
    ],
    '2026-02-09',
  );
  const [exactId, largerId] = (await recordOrders(app, [exact, larger, small, later])).map(
    ({ orderId }) => orderId,
  );

  const returned = await recordOrders(app, [
    order(
      customerId,
      [
        ['A', -2],
        ['B', -1],
      ],
      '2026-01-05',
    ),
    order(customerId, [['A', -4]], '2026-01-05'),
    order(
      customerId,
      [
        ['A', -2],
        ['C', -2],
      ],
      '2026-01-05',
    ),
    order(null, [['A', -2]], '2026-01-05'),
  ]);

  const rows = await app.db.query<{ id: string; kind: string; original: string | null }>(
    'select id, kind, original_order_id as original from orders where id = any($1::uuid[])',
    [returned.map(({ orderId }) => orderId)],
  );
  expect(rows.every(({ kind }) => kind === 'return')).toBe(true);
  const originalOf = new Map(rows.map(({ id, original }) => [id, original]));
  expect(returned.map(({ orderId }) => originalOf.get(orderId))).toEqual([exactId, largerId, null, null]);
});

test('links a return that came before its sale', async () => {
  const customerId = customers[5]!;
  const [returned] = await recordOrders(app, [order(customerId, [['A', -1]], '2026-01-05')]);
  const [sale] = await recordOrders(app, [order(customerId, [['A', 1]], '2026-01-05')]);

  const data = await query(
    app,
    `query ($id: ID!) { customer(by: { id: $id }) { orders(first: 5) { nodes { number kind original { id number } } } } }`,
    { id: customerId },
  );
  const linked = data.customer!.orders!.nodes.find(({ kind }) => kind === 'RETURN');
  expect(linked!.original!.id).toBe(globalId('Order', `${customerId}:${sale!.orderId}`));
  expect(returned!.outcome).toBe('created');
});

test('writes a thousand orders in as many statements as one', async () => {
  const write = async (count: number, on: string) => {
    app.resetStatements();
    await recordOrders(
      app,
      Array.from({ length: count }, (_, index) =>
        order(
          customers[6 + (index % 10)]!,
          [
            ['A', 1],
            ['B', 2],
          ],
          on,
        ),
      ),
    );
    return app.statements.length;
  };
  await write(1, '2026-04-01');

  expect(await write(1, '2026-04-02')).toBe(await write(1000, '2026-04-03'));
});

test('puts the orders of a person who was merged on the one they are now', async () => {
  const [keep, drop] = [customers[20]!, customers[21]!];
  await mergeCustomers(app, keep, drop);

  const [outcome] = await recordOrders(app, [order(drop, [['A', 1]])]);

  expect(outcome).toMatchObject({ customerId: keep, outcome: 'created' });
});

test('gives two writers of one new order one order', async () => {
  const input = order(customers[22]!, [['A', 1]]);

  const outcomes = await Promise.all([recordOrders(app, [input]), recordOrders(app, [input])]);

  expect(new Set(outcomes.flat().map(({ orderId }) => orderId)).size).toBe(1);
  const rows = await app.db.query(
    'select id from order_lines l join orders o on o.id = l.order_id where number = $1',
    [input.number],
  );
  expect(rows).toHaveLength(1);
});

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
