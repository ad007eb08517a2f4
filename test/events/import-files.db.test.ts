/** Files as spreadsheets, data frames, shops and old systems write them. */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { query } from '../support/query.ts';
import { ORDERS, PRODUCTS, useImports } from './import-text.ts';

const imports = useImports();
const { importText, readOrders, readPeople, rejectsFile } = imports;

describe('columns', () => {
  test('names those that it does not read, in every format', async () => {
    const files = {
      customers: 'customer_id,email address,full name,\nK1,k@example.test,Kim,x\n',
      products: 'sku,name,colour\nA,Oak,brown\n',
      events: 'customer_id,kind,occurred_at,page\nK1,search,2026-01-01,home\n',
      connections: 'from_customer_id,to_customer_id,kind,note\nK1,K2,referral,x\n',
    } as const;
    const unread = [];
    for (const [format, text] of Object.entries(files)) {
      unread.push((await importText(format as keyof typeof files, text)).unreadColumns);
    }

    expect(unread).toEqual([
      ['email address', 'full name', '(column 4, without a name)'],
      ['colour'],
      ['page'],
      ['note'],
    ]);
  });

  test('refuses two that mean the same, unless a mapping says which', async () => {
    const text = 'customer_id,email,E-mail,name\nD1,,d1@example.test,Dora\nD2,d2@example.test,,Dirk\n';

    await expect(importText('customers', text)).rejects.toThrow(
      /line 1: the columns "email" and "E-mail" both mean email/,
    );
    const summary = await importText('customers', text, { mapping: { email: 'E-mail' } });

    expect(summary).toMatchObject({ imported: 2, unreadColumns: ['email'] });
    const data = await query(imports.app, '{ customer(by: { email: "d1@example.test" }) { displayName } }');
    expect(data.customer!.displayName).toBe('Dora');
  });

  test('takes attributes as columns of their own, each of one type', async () => {
    const header =
      'customer_id,attribute.tenure,attribute.zip,attribute.vip,attribute.since,attribute.plan,Score\n';
    const text = `${header}a,12,01234,true,2026-01-31,Gold,1\nb, ,98765,FALSE,2026-02-28,N/A,2.5\n`;

    expect(await importText('customers', text)).toMatchObject({ unreadColumns: ['Score'] });
    expect((await readPeople()).map(({ attributes }) => attributes)).toEqual([
      { tenure: 12, zip: '01234', vip: true, since: '2026-01-31', plan: 'Gold' },
      { zip: '98765', vip: false, since: '2026-02-28' },
    ]);
    expect(await importText('customers', text, { attributes: 'rest' })).toMatchObject({ unreadColumns: [] });
    expect((await readPeople())[1]!.attributes).toMatchObject({ Score: 2.5 });
  });
});

describe('dates', () => {
  test('are read day first in the whole file where one row proves it, in every format', async () => {
    await importText('products', PRODUCTS);
    await importText(
      'orders',
      `${ORDERS}G1,MUG,1,8.00,03/04/2026 10:00,1001\nG2,MUG,1,8.00,13/04/2026 10:00,1001\n`,
    );
    await importText('customers', 'customer_id,created_at\n1002,03/04/2026\n1003,31/12/2025\n');
    await importText(
      'events',
      'customer_id,kind,occurred_at\n1002,search,05/06/2026 08:00\n1002,search,25/06/2026\n',
    );
    await importText(
      'connections',
      'from_customer_id,to_customer_id,kind,since\n1002,1003,referral,02/03/2026\n1002,1001,referral,20/03/2026\n',
    );
    await importText(
      'online-retail',
      'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n' +
        '900101,85123A,LANTERN,6,04/03/2011 08:26,2.55,17850,France\n900102,85123A,LANTERN,6,25/03/2011 08:26,2.55,17850,France\n',
    );

    expect(await readOrders()).toEqual([
      '900101 17850 sale 15.30 1 2011-03-04 08:26',
      '900102 17850 sale 15.30 1 2011-03-25 08:26',
      'G1 1001 sale 8.00 1 2026-04-03 10:00',
      'G2 1001 sale 8.00 1 2026-04-13 10:00',
    ]);
    const [times] = await imports.app.db.query(
      `select (select min(c.created_at) from customers c join customer_identities i on i.customer_id = c.id where value = '1002') as created,
      (select min(occurred_at) from events where kind = 'search') as occurred,
      (select min(began_at) from customer_connections) as began`,
    );
    expect(times).toEqual({
      created: new Date('2026-04-03'),
      occurred: new Date('2026-06-05T08:00:00Z'),
      began: new Date('2026-03-02'),
    });
  });

  test('are decided by the last row of a large file as by the first', async () => {
    await importText('products', PRODUCTS);
    const rows = Array.from(
      { length: 20_000 },
      (_, index) => `an-order-with-a-long-number-${index},MUG,1,8.00,03/04/2026 10:00,\n`,
    );

    const summary = await importText(
      'orders',
      gzipSync(`${ORDERS}${rows.join('')}Z,MUG,1,8.00,4/13/2026,\n`),
    );

    expect(summary).toMatchObject({ imported: 20_001, rejected: 0 });
    const [first] = await imports.app.db.query(
      'select min(placed_at) as at, max(placed_at) as until from orders',
    );
    expect(first).toEqual({ at: new Date('2026-03-04T10:00:00Z'), until: new Date('2026-04-13') });
  });

  test('are refused where no row tells or two contradict each other, until they are said', async () => {
    await importText('products', PRODUCTS);
    const open = `${ORDERS}G1,MUG,1,8.00,03/04/2026 10:00,1001\n`;
    const torn = `${open}G2,MUG,1,8.00,13/04/2026,1001\nG3,MUG,1,8.00,04/14/2026,1001\n`;

    await expect(importText('orders', open)).rejects.toThrow(
      /line 2.*can be read day first or month first.*--dates/,
    );
    await expect(importText('orders', torn)).rejects.toThrow(/contradict each other: .*line 3.*line 4/);
    expect(await importText('orders', torn, { dates: 'dmy' })).toMatchObject({ imported: 2, rejected: 1 });

    expect(await readOrders()).toEqual([
      'G1 1001 sale 8.00 1 2026-04-03 10:00',
      'G2 1001 sale 8.00 1 2026-04-13 00:00',
    ]);
  });
});

test('takes what data frames write for nothing and for whole numbers as what they mean', async () => {
  await importText('products', PRODUCTS);
  await importText('customers', 'customer_id,name\n1001,Olga\n');
  const summary = await importText(
    'orders',
    `${ORDERS}F1,MUG,1.0,8.0,2026-10-02 10:00:00,1001.0\nF2,MUG,1,8.0,2026-10-02 10:00:00,nan\nF3,MUG,1,8,2026-10-02,NULL\n`,
  );
  await importText(
    'online-retail',
    'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n' +
      '900103.0,85123A,nan,6.0,2011-03-04 08:26:00,"2,55",17850.0,nan\n900105,85123A,LANTERN,"1,000",2011-03-04 08:26:00,2.55,nan,France\n',
  );

  expect(summary).toMatchObject({ imported: 3, rejected: 0, dirt: { missing_customer: 2 }, peopleMade: 0 });
  expect((await readPeople()).map(({ value }) => value)).toEqual(['1001', '17850']);
  expect(await readOrders()).toEqual([
    '900103 17850 sale 15.30 1 2011-03-04 08:26',
    'F1 1001 sale 8.00 1 2026-10-02 10:00',
    'F2 guest sale 8.00 1 2026-10-02 10:00',
    'F3 guest sale 8.00 1 2026-10-02 00:00',
  ]);
  expect(await readFile(rejectsFile(), 'utf8')).toContain('900105');
});

describe('a quote that is not closed', () => {
  const people = (from: number, to: number) =>
    Array.from(
      { length: to - from + 1 },
      (_, index) => `Z${from + index},z${from + index}@example.test,Zoe\n`,
    ).join('');

  test('counts every row that it swallows, tells their lines and keeps them all', async () => {
    const text = `customer_id,email,name\n${people(1, 1)}Z2,z2@example.test,"Zack the 1st\n${people(3, 1001)}`;

    const summary = await importText('customers', text);

    expect(summary).toMatchObject({
      rowsRead: 1001,
      imported: 1,
      rejected: 1000,
      dirt: { unclosed_quote: 1000 },
    });
    const rejects = await readFile(rejectsFile(), 'utf8');
    expect(rejects).toMatch(/^3,lines 3 to 1002 are inside a quote that line 3 opens: it is not closed,/m);
    expect(rejects.split('\n').filter((line) => /^Z\d+,z/.test(line))).toHaveLength(999);
  });

  test('ends at the next quote, and what comes behind is read', async () => {
    const text = `customer_id,email,name\n${people(1, 1)}Z2,z2@example.test,"Val\n${people(3, 51)}Z52,z52@example.test,"Vera"\n${people(53, 102)}`;

    const summary = await importText('customers', text);

    expect(summary).toMatchObject({ rowsRead: 102, imported: 51, rejected: 51 });
    expect(await readFile(rejectsFile(), 'utf8')).toContain(
      'lines 3 to 53 are inside a quote that line 3 opens',
    );
  });
});

describe('text', () => {
  const header = ['customer_id', 'name', 'country'];
  const rows = [
    ['1', 'Zoë Müller', 'FR'],
    ['2', 'Łukasz “Żak” ✓', 'PL'],
  ];
  const western = [['1', 'Zoë Müller – “é”', 'FR']];
  const table = (delimiter: string, newline: string, body: readonly (readonly string[])[]) =>
    [header, ...body].map((row) => row.join(delimiter) + newline).join('');
  const swap16 = (text: string) => Buffer.from(text, 'utf16le').swap16();
  const to1252 = (text: string) =>
    Buffer.from(
      Array.from(text, (letter) => ({ '–': 0x96, '“': 0x93, '”': 0x94 })[letter] ?? letter.charCodeAt(0)),
    );

  test.each([
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${table(',', '\r\n', rows)}`), rows],
    ['semicolons', Buffer.from(table(';', '\n', rows)), rows],
    ['tabs', Buffer.from(table('\t', '\r\n', rows)), rows],
    ['pipes', Buffer.from(table('|', '\n', rows)), rows],
    ["Excel's own first line", Buffer.from(`sep=;\r\n${table(';', '\r\n', rows)}`), rows],
    ['carriage returns alone', Buffer.from(table(',', '\r', rows)), rows],
    ['UTF-16 little-endian', Buffer.from(`\uFEFF${table('\t', '\r\n', rows)}`, 'utf16le'), rows],
    ['UTF-16 big-endian', swap16(`\uFEFF${table(',', '\r\n', rows)}`), rows],
    ['UTF-16 without a mark', Buffer.from(table(',', '\n', western), 'utf16le'), western],
    ['UTF-16 big-endian without a mark', swap16(table(',', '\n', western)), western],
    ['Windows-1252', to1252(table(';', '\r\n', western)), western],
    ['padding of old systems', Buffer.from(`${table(',', '\r\n', rows)}\u001a${'\0'.repeat(300)}`), rows],
    ['fields filled up with NUL', Buffer.from(table(',', '\n', rows).replaceAll('\n', '\0\0\n')), rows],
    [
      'a title, blank lines and empty rows',
      Buffer.from(`Report of today\n\n${table(',', '\n', rows)},,\n\n , ,\n`),
      rows,
    ],
    ['a delimiter at the end of rows', Buffer.from(table(',', ',\n', rows).replace(',\n', '\n')), rows],
    ['a packed file', gzipSync(table(';', '\n', rows)), rows],
  ])('is read with %s', async (_, content, expected) => {
    const summary = await importText('customers', content);

    expect(summary).toMatchObject({ rowsRead: expected.length, imported: expected.length, rejected: 0 });
    expect((await readPeople()).map(({ value, name }) => [value, name])).toEqual(
      expected.map(([id, name]) => [id, name]),
    );
  });

  test('is read in an encoding that is said, and the advice names it where it is not', async () => {
    const dos = Buffer.from('customer_id,name\n1,Zo\x89 M\x81ller\n', 'latin1');
    const cyrillic = Buffer.from([...Buffer.from('customer_id,name\n1,'), 0xc8, 0xe2, 0xe0, 0xed, 10]);
    const late = Buffer.concat([
      Buffer.from(`customer_id,name,note\n${`1,Zoe,${'x'.repeat(1000)}\n`.repeat(2000)}`),
      to1252('2,Zoë,\n'),
    ]);

    await expect(importText('customers', dos)).rejects.toThrow(/line 2: the file is neither.*--encoding/);
    await expect(importText('customers', late)).rejects.toThrow(/line 2002: .*--encoding windows-1252/);
    await importText('customers', cyrillic, { encoding: 'windows-1251' });
    expect((await readPeople()).map(({ name }) => name)).toContain('Иван');
    await expect(importText('customers', cyrillic, { encoding: 'klingon' })).rejects.toThrow(
      /no encoding "klingon"/,
    );
  });

  test.each([
    ['an Excel workbook', Buffer.from('504b0304140006', 'hex'), /Excel workbook/],
    ['a PDF', Buffer.from('%PDF-1.7\n'), /PDF/],
  ])('is not %s', async (_, content, message) => {
    await expect(importText('customers', content)).rejects.toThrow(message);
  });
});

test('leaves out the sum at the end of a report', async () => {
  const summary = await importText('customers', 'customer_id,name,country\n1,Ann,GB\nTotal: 1 customers,,\n');

  expect(summary).toMatchObject({ imported: 1, rejected: 1, dirt: { total_line: 1 } });
});
