/** Orders whose lines stand in files in more than one way. */
import { beforeEach, describe, expect, test } from 'vitest';

import { query } from '../support/query.ts';
import { ORDERS, PRODUCTS, useImports } from './import-text.ts';

const imports = useImports();
const { importText, readOrders, readPeople } = imports;

describe('lines of an order', () => {
  beforeEach(() => importText('products', PRODUCTS));

  test('belong to the line above where they do not repeat its head', async () => {
    const shop = 'order_number,sku,quantity,unit_price,placed_at,customer_id,country,channel\n';
    const summary = await importText(
      'orders',
      `${shop}SH1,MUG,1,8.00,2026-07-01T10:00:00Z,1001,GB,web\nSH1,PAN,1,25.00,,,,\n,POT,1,30.00,,,,\nSH2,MUG,2,8.00,2026-07-02,1002,,\nSH3,MUG,1,8.00,2026-07-02,,,\n`,
    );

    expect(summary).toMatchObject({ imported: 5, rejected: 0 });
    expect(await readOrders()).toEqual([
      'SH1 1001 sale 63.00 3 2026-07-01 10:00',
      'SH2 1002 sale 16.00 1 2026-07-02 00:00',
      'SH3 guest sale 8.00 1 2026-07-02 00:00',
    ]);
  });

  test('are refused where the row above that they belong to cannot be used', async () => {
    const summary = await importText(
      'orders',
      `${ORDERS}A,MUG,1,8.00,2026-07-01,1001\nB,MUG,1,8.00,soon,1002\nB,PAN,1,25.00,2026-07-01,\n,POT,1,30.00,2026-07-01,\nC,MUG,1,8.00\nC,PAN,1,25.00,2026-07-01,\nD,NONE,1,8.00,2026-07-01,1003\nD,PAN,1,25.00,,\n`,
    );

    expect(summary).toMatchObject({ imported: 2, rejected: 6 });
    expect(summary.dirt).toMatchObject({ headless_line: 3, bad_date: 1, malformed: 1, unknown_product: 1 });
    expect(await readOrders()).toEqual([
      'A 1001 sale 8.00 1 2026-07-01 00:00',
      'D 1003 sale 25.00 1 2026-07-01 00:00',
    ]);
  });

  test('count each where they are equal, or once where that is said; again nothing changes', async () => {
    const text = `${ORDERS}${'POS1,MUG,1,8.00,2026-07-03T10:00:00Z,1002\n'.repeat(3)}POS2,PAN,1,25,2026-07-03,1\nPOS1,MUG,1,8.00,2026-07-03T10:00:00Z,1002\n`;

    expect(await importText('orders', text)).toMatchObject({ imported: 5, merged: 0 });
    expect(await importText('orders', text)).toMatchObject({ imported: 0, unchanged: 5 });
    expect(await importText('orders', text, { repeatedLines: 'once', source: 'till' })).toMatchObject({
      imported: 2,
      merged: 3,
    });

    expect((await readOrders()).filter((order) => order.startsWith('POS1'))).toEqual([
      'POS1 1002 sale 32.00 4 2026-07-03 10:00',
      'POS1 1002 sale 8.00 1 2026-07-03 10:00',
    ]);
  });

  test('may tell their total, which is kept to the cent', async () => {
    const header = 'order_number,sku,quantity,sales_value,placed_at,customer_id\n';
    const summary = await importText(
      'orders',
      `${header}1,MUG,8776,23.25,2026-01-01,a\n1,MUG,3,10.00,2026-01-01,a\n2,MUG,-3,-10.00,2026-02-01,a\n3,PAN,-1,25.00,2026-02-01,a\n`,
      { mapping: { line_total: 'sales_value' } },
    );

    expect(summary).toMatchObject({ imported: 3, rejected: 1, dirt: { bad_line_total: 1 } });
    expect(await readOrders()).toEqual([
      '1 a sale 33.25 2 2026-01-01 00:00',
      '2 a return -10.00 1 2026-02-01 00:00',
    ]);
    expect(
      await imports.app.db.query(
        'select quantity, unit_price::text, amount::text from order_lines order by 1',
      ),
    ).toEqual([
      { quantity: -3, unit_price: '3.3333', amount: '-10.0000' },
      { quantity: 3, unit_price: '3.3333', amount: '10.0000' },
      { quantity: 8776, unit_price: '0.0026', amount: '23.2500' },
    ]);
    await expect(
      importText('orders', 'order_number,sku,quantity,placed_at\n1,MUG,1,2026-01-01\n'),
    ).rejects.toThrow(/no column unit_price or line_total/);
  });

  test('make a return where they sum up to less than nothing, by file and by mutation', async () => {
    const lines = [
      ['sale', [['POT', 1, '30.00']]],
      ['by-price', [['POT', 1, '-30.00']]],
      ['by-quantity', [['POT', -1, '30.00']]],
      [
        'net',
        [
          ['PAN', -1, '25.00'],
          ['MUG', 2, '8.00'],
        ],
      ],
      [
        'exchange',
        [
          ['MUG', -2, '8.00'],
          ['PAN', 1, '25.00'],
        ],
      ],
    ] as const;
    const day = (index: number) => `2026-01-0${index + 1}T00:00:00Z`;
    const text = lines.flatMap(([number, rows], index) =>
      rows.map(([sku, quantity, price]) => `${number},${sku},${quantity},${price},${day(index)},1009\n`),
    );

    expect(await importText('orders', ORDERS + text.join(''))).toMatchObject({ rejected: 0 });
    const data = await query(
      imports.app,
      `mutation ($input: RecordOrdersInput!) { recordOrders(input: $input) { __typename ... on RecordOrdersPayload { results { outcome } } } }`,
      {
        input: {
          orders: lines.map(([number, rows], index) => ({
            customer: { externalId: { source: 'api', id: '1' } },
            source: 'api',
            number,
            placedAt: day(index),
            lines: rows.map(([sku, quantity, unitPrice]) => ({ sku, quantity, unitPrice })),
          })),
        },
      },
    );
    expect(data.recordOrders).toMatchObject({ __typename: 'RecordOrdersPayload' });

    for (const id of ['{ source: "customers", id: "1009" }', '{ source: "api", id: "1" }']) {
      const read = await query(
        imports.app,
        `{ customer(by: { externalId: ${id} }) { orders { nodes { number kind original { number } } } } }`,
      );
      expect(read.customer!.orders!.nodes.toReversed()).toEqual([
        { number: 'sale', kind: 'SALE', original: null },
        { number: 'by-price', kind: 'RETURN', original: { number: 'sale' } },
        { number: 'by-quantity', kind: 'RETURN', original: { number: 'sale' } },
        { number: 'net', kind: 'RETURN', original: null },
        { number: 'exchange', kind: 'SALE', original: null },
      ]);
    }
  });

  test('in another currency are refused, by column and by sign, as are prices of products', async () => {
    const header = 'order_number,sku,quantity,unit_price,currency,placed_at\n';
    const summary = await importText(
      'orders',
      `${header}1,MUG,1,8.00,EUR,2026-07-05\n2,MUG,1,1000,JPY,2026-07-05\n3,MUG,1,8 €,,2026-07-05\n4,MUG,1,£8.00,gbp,2026-07-05\n`,
    );

    expect(summary).toMatchObject({ imported: 1, rejected: 3, dirt: { foreign_currency: 3 } });
    expect(await importText('products', 'sku,price,currency\nX,1,USD\nY,$1,\n')).toMatchObject({
      rejected: 2,
    });
  });
});

test('files of one shop meet without a source, and people of no customer file are told', async () => {
  await importText('customers', 'customer_id,name\n1001,Olga\n1002,Otto\n');
  await importText('products', PRODUCTS);
  const orders = await importText(
    'orders',
    `${ORDERS}A1,MUG,1,8.00,2026-10-01,1001\nA2,PAN,2,25.00,2026-11-01,1002\nA3,PAN,2,25.00,2026-11-01,1003\n`,
  );
  const events = await importText(
    'events',
    'customer_id,kind,occurred_at\n1001,search,2026-10-01\n1004,search,2026-10-01\n',
  );

  expect([orders.peopleMade, events.peopleMade]).toEqual([1, 1]);
  expect((await readPeople()).map(({ value, name }) => [value, name])).toEqual([
    ['1001', 'Olga'],
    ['1002', 'Otto'],
    ['1003', null],
    ['1004', null],
  ]);
});
