import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { ImportError } from '#events/import/errors.ts';
import { importFile, type ImportSummary } from '#events/import/import-file.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { readState } from './import-state.ts';
import { query } from '../support/query.ts';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';
const row = (number: string, rest = '85123A,LANTERN,6,2010-12-01 08:26:00,2.55,17850,United Kingdom') =>
  `${number},${rest}\n`;

let folder: string;
let app: TestApp;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'c360-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function importText(
  text: string | Uint8Array,
  format: Parameters<typeof importFile>[1]['format'] = 'online-retail',
  options = {},
) {
  const file = join(folder, 'file.csv');
  await writeFile(file, text);
  return importFile(app, { file, format, rejectsFile: join(folder, 'rejects.csv'), ...options });
}

function useFreshApp(): void {
  beforeEach(async () => {
    app = await openTestApp();
  });
  afterEach(() => app.close());
}

describe('into an empty database', () => {
  useFreshApp();

  test('accounts for every row, and tells line and reason of those it rejects', async () => {
    const summary = await importText(
      HEADER +
        row('1') +
        row('1') +
        row('2', '85123A,LANTERN,many,2010-12-01 08:26:00,2.55,17850,United Kingdom') +
        row('3', '85123A,LANTERN,6,2010-13-01 08:26:00,2.55,17850,United Kingdom') +
        row('4', '85123A,LANTERN,6,2010-12-01 08:26:00,2.55') +
        row('5', '85123A,LAN"TERN,6,2010-12-01 08:26:00,2.55,17850,United Kingdom') +
        row('6', `85123A,${'x'.repeat(1_000_000)},6,2010-12-01 08:26:00,2.55,17850,United Kingdom`) +
        row('7', 'POST,,1,2010-12-01 08:26:00,0,,United Kingdom'),
    );

    expect(summary).toMatchObject({ rowsRead: 8, imported: 2, merged: 1, rejected: 5 });
    expect(summary.dirt).toEqual({
      bad_date: 1,
      bad_quantity: 1,
      exact_duplicate: 1,
      malformed: 3,
      missing_customer: 1,
      missing_description: 1,
      non_product_code: 1,
      zero_price: 1,
    });
    const rejects = (await readFile(join(folder, 'rejects.csv'), 'utf8')).split('\n');
    expect(rejects[0]).toBe(`line,reason,${HEADER.trim()}`);
    expect(rejects.slice(1, -1).map((line) => line.split(',')[0])).toEqual(['4', '5', '6', '7', '8']);
    expect(rejects[1]).toContain('Quantity: expected a whole number');
    expect(rejects[3]).toContain('expected 8 fields as in the header, got 6');
  });

  test('names a product by its first description beside a price, and prices it by its latest sale', async () => {
    await importText(
      HEADER +
        row('1', '22423,damaged,-5,2010-12-01 08:00:00,0,,United Kingdom') +
        row('2', '22423,REGENCY CAKESTAND,1,2010-12-01 09:00:00,12.75,17850,United Kingdom') +
        row('3', '22423,REGENCY CAKE STAND 3 TIER,1,2010-12-02 09:00:00,10.95,17850,United Kingdom') +
        row('C4', '22423,REGENCY CAKESTAND,-1,2010-12-03 09:00:00,9.95,17850,United Kingdom'),
    );

    const data = await query(
      app,
      `{ product(by: { sku: "22423" }) { name kind price { amount } keywords { keyword } }
      customer(by: { externalId: { source: "online-retail", id: "17850" } }) { country firstSeenAt lastSeenAt
        orders { nodes { number kind original { number } } } } }`,
    );
    expect(data).toMatchObject({
      product: { name: 'REGENCY CAKESTAND', kind: 'PRODUCT', price: { amount: '10.95' } },
      customer: {
        country: 'GB',
        firstSeenAt: '2010-12-01T09:00:00.000Z',
        lastSeenAt: '2010-12-03T09:00:00.000Z',
        orders: {
          nodes: [
            { number: 'C4', kind: 'RETURN', original: { number: '3' } },
            { number: '3', kind: 'SALE', original: null },
            { number: '2', kind: 'SALE', original: null },
          ],
        },
      },
    });
  });

  test('reads the same file gzipped, under any name', async () => {
    expect(await importText(gzipSync(HEADER + row('1')))).toMatchObject({ rowsRead: 1, imported: 1 });
  });

  test('takes columns in any order, under the names a mapping gives', async () => {
    const mapping = { InvoiceNo: 'No', Quantity: 'Units' };
    const summary = await importText(
      'Units,Country,No,StockCode,Description,InvoiceDate,Unit Price,customer_id,Extra\n' +
        '6,France,1,85123A,LANTERN,12/1/2010 8:26,2.55,17850,x\n',
      'online-retail',
      { mapping, dates: 'mdy' },
    );

    expect(summary).toMatchObject({ imported: 1, rejected: 0 });
    const [order] = await app.db.query('select number, country, placed_at from orders');
    expect(order).toEqual({ number: '1', country: 'FR', placed_at: new Date('2010-12-01T08:26:00Z') });
  });

  test('goes on after the rows that were committed before it was stopped', async () => {
    const rows = Array.from({ length: 25_000 }, (_, index) => row(String(Math.floor(index / 10))));
    const file = join(folder, 'long.csv');
    // Every row of an order is the same but for its quantity.
    await writeFile(
      file,
      HEADER +
        rows
          .map((text, index) => text.replace(',6,', `,${index % 10 === 9 ? 1 : (index % 10) + 1},`))
          .join(''),
    );
    const stop = new AbortController();
    const options = { file, format: 'online-retail' as const, rejectsFile: join(folder, 'long.rejects.csv') };

    await expect(
      importFile(app, { ...options, signal: stop.signal, onProgress: () => stop.abort() }),
    ).rejects.toThrow(/stopped after 20000 rows/);
    const summary = await importFile(app, options);

    expect(summary).toMatchObject({
      rowsRead: 25_000,
      imported: 22_500,
      merged: 2_500,
      resumedAtRow: 20_000,
    });
    const [sum] = await app.db.query(
      'select count(*) as lines, sum(repeat_count) as repeats from order_lines',
    );
    expect(sum).toEqual({ lines: 22_500, repeats: 2_500 });
  });

  test('marks everybody it brings orders for, those before it was stopped too', async () => {
    const people = Array.from({ length: 30 }, (_, index) => String(10_000 + index));
    const order = (number: string, day: string, customer: string, quantity = 6) =>
      row(number, `85123A,LANTERN,${quantity},${day} 08:26:00,2.55,${customer},France`);
    await importText(
      HEADER + people.map((customer) => order(`A${customer}`, '2010-12-02', customer)).join(''),
    );
    await app.db.query('delete from recompute_queue');
    const rows = people.flatMap((customer, index) =>
      Array.from({ length: 1000 }, (_, line) =>
        order(`${index}-${line % 20}`, '2010-12-03', customer, line + 1),
      ),
    );
    const file = join(folder, 'more.csv');
    await writeFile(file, HEADER + rows.join(''));
    const stop = new AbortController();
    const options = { file, format: 'online-retail' as const };

    await expect(
      importFile(app, { ...options, signal: stop.signal, onProgress: () => stop.abort() }),
    ).rejects.toThrow(/stopped/);
    await importFile(app, options);

    const marked = await app.db.query<{ lastSeenAt: Date; kinds: string[] }>(
      `select c.last_seen_at as "lastSeenAt", array(select jsonb_object_keys(m.facts) order by 1) as kinds
      from recompute_queue m join customers c on c.id = m.customer_id`,
    );
    expect(marked).toHaveLength(30);
    for (const { lastSeenAt, kinds } of marked) {
      expect(lastSeenAt).toEqual(new Date('2010-12-03T08:26:00Z'));
      expect(kinds).toEqual(['event.order_placed', 'orders']);
    }

    await app.db.query('delete from recompute_queue');
    await importFile(app, options);
    expect(await app.db.query('select customer_id from recompute_queue')).toHaveLength(0);
  });

  test('imports people, products, orders and events of our own layouts, each row once', async () => {
    const customers =
      'customer_id,email,country,attributes\nc1,ann@example.com,GB,"{""tier"":""gold""}"\nc2,,FR,\nc1,ann@example.com,GB,"{""tier"":""gold""}"\n,,,\nc3,half@,,\n';
    const products =
      'sku,name,price,stock,keywords,kind\nA,Oak chair,12.50,3,chair;oak,\nB,Oak table,x,1,,\nC,Thing,1,1,,gift\nD,,,,,service\n';
    const orders =
      'order_number,sku,quantity,unit_price,placed_at,customer_id\n1,A,2,12.50,2026-01-01,c1\n1,D,1,3,2026-01-01,c1\n2,A,-2,12.50,2026-02-01T10:00:00Z,c1\n3,A,1,12.50,2026-02-01,\n4,NOPE,1,1,2026-02-01,c1\n5,A,0,1,2026-02-01,c1\n';
    const events =
      'customer_id,kind,occurred_at,sku,properties,event_id\nc1,product_viewed,2026-01-01,A,,e1\nc9,search,2026-01-02,,"{""query"":""mail ann@example.com""}",e2\n,search,2026-01-02,,,\nc1,product_viewed,2026-01-01,NOPE,,\nc1,Viewed it,2026-01-01,,,\n';
    const source = { source: 'shop' };
    const importAll = async () => [
      await importText(customers, 'customers', source),
      await importText(products, 'products', source),
      await importText(orders, 'orders', source),
      await importText(events, 'events', source),
    ];

    const first = await importAll();
    const state = await readState(app.db);
    const second = await importAll();

    const rows = (summary: ImportSummary) =>
      [summary.imported, summary.merged, summary.unchanged, summary.rejected] as const;
    expect(first.map(rows)).toEqual([
      [2, 1, 0, 1],
      [2, 0, 0, 2],
      [4, 0, 0, 2],
      [2, 0, 0, 3],
    ]);
    expect(first[2]!.dirt).toEqual({ bad_quantity: 1, missing_customer: 1, unknown_product: 1 });
    expect(second.map(rows)).toEqual([
      [0, 1, 2, 1],
      [0, 0, 2, 2],
      [0, 0, 4, 2],
      [0, 0, 2, 3],
    ]);
    expect(await readState(app.db)).toEqual(state);
    const data = await query(
      app,
      `{ customer(by: { email: "ann@example.com" }) { attributes orders { nodes { number total { amount } original { number } } }
      events(kinds: ["product_viewed"]) { nodes { product { sku } } } }
      other: customer(by: { externalId: { source: "shop", id: "c9" } }) { events { nodes { properties } } } }`,
    );
    expect(data).toMatchObject({
      customer: {
        attributes: { tier: 'gold' },
        orders: {
          nodes: [
            { number: '2', total: { amount: '-25.00' }, original: { number: '1' } },
            { number: '1', total: { amount: '28.00' } },
          ],
        },
        events: { nodes: [{ product: { sku: 'A' } }] },
      },
      other: { events: { nodes: [{ properties: { query: 'mail [e-mail]' } }] } },
    });
  });
});

describe('stops with one clear line', () => {
  beforeAll(async () => {
    app = await openTestApp();
  });
  afterAll(() => app.close());

  test.each([
    ['at a missing column', 'InvoiceNo,StockCode\n1,2\n', /line 1: no column Description, Quantity/],
    ['at an empty file', '', /line 1: the file is empty/],
    [
      'at another encoding',
      Buffer.concat([
        Buffer.from(`${HEADER}${row('1')}${row('2', '1,Caf\u00e9,1,2010-12-01 08:26:00,1,,France')}`),
        Buffer.from(row('3', '1,Caf\u00e9,1,2010-12-01 08:26:00,1,,France'), 'latin1'),
      ]),
      /line 4: the file is UTF-8 in parts/,
    ],
    [
      'at a gzip file that was cut off',
      gzipSync(HEADER + row('1').repeat(9)).subarray(0, 60),
      /gzip file is damaged or cut off/,
    ],
    [
      'at a quote that is never closed',
      `${HEADER}${row('1')}"2${row('3').repeat(90_000)}`,
      /line 3: .*quote/,
    ],
  ])('%s', async (_, content, message) => {
    const error = await importText(content).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(ImportError);
    expect((error as Error).message).toMatch(message);
    expect(await app.db.query('select id from orders')).toHaveLength(0);
  });

  test('at a file that is not there', async () => {
    await expect(importFile(app, { file: join(folder, 'none.csv'), format: 'products' })).rejects.toThrow(
      /there is no such file/,
    );
  });
});
