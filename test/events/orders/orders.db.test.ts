import { InvalidItemsError } from '#platform/input/item-errors.ts';
import { mergeCustomers } from '#customers/service.ts';
import { recordOrders } from '#events/service.ts';
import { createId } from '#platform/ids.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { query } from '../../support/query.ts';
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
