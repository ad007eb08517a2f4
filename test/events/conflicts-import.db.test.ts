import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findCustomerId } from '#customers/identity/lookup.ts';
import type { FormatName } from '#events/import/formats.ts';
import { type ImportOptions, importFile } from '#events/import/import-file.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { makeProducts } from '../catalog/seed.ts';

let app: TestApp;
let folder: string;
beforeAll(async () => {
  app = await openTestApp();
  folder = await mkdtemp(join(tmpdir(), 'c360-conflicts-'));
  await makeProducts(app, ['A']);
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

let lastFile = 0;
async function importText(format: FormatName, rows: readonly string[], more: Partial<ImportOptions> = {}) {
  const file = join(folder, `${(lastFile += 1)}.csv`);
  await writeFile(file, `${rows.join('\n')}\n`);
  return importFile(app, { file, format, source: 'crm', ...more });
}

const idOf = (id: string, source = 'crm') => findCustomerId(app, { externalId: { source, id } });

/** Three people of one phone. */
const household = (name: string, digits: string) => [
  'customer_id,email,phone,name,country',
  ...['1', '2', '3'].map(
    (n) => `${name}-${n},${name}-${n}@example.test,+44 20 7946 ${digits},${name} ${n},GB`,
  ),
];

test('a household that shares a phone stays three people, and the summary counts the conflicts', async () => {
  const summary = await importText('customers', household('hill', '0100'));
  const again = await importText('customers', household('hill', '0100'));

  expect(summary).toMatchObject({ imported: 3, rejected: 0, dirt: { identity_conflict: 2 } });
  expect(again).toMatchObject({ imported: 0, unchanged: 3, dirt: { identity_conflict: 2 } });
  expect(new Set([await idOf('hill-1'), await idOf('hill-2'), await idOf('hill-3')]).size).toBe(3);
  expect(await findCustomerId(app, { phone: '+442079460100' })).toBe(await idOf('hill-1'));
  const rows = await app.db.query('select kind, status from identity_conflicts');
  expect([...rows]).toEqual([
    { kind: 'phone', status: 'open' },
    { kind: 'phone', status: 'open' },
  ]);
});

test('an import can make one person of them, or stop', async () => {
  const stopped = await importText('customers', household('stop', '0201'), { onConflict: 'reject' }).catch(
    (error: unknown) => error,
  );
  const merged = await importText('customers', household('join', '0202'), { onConflict: 'merge' });

  expect(stopped).toMatchObject({ name: 'ImportError', message: expect.stringContaining('"stop-2"') });
  expect(await idOf('stop-1')).toBeNull();
  expect(merged).toMatchObject({ imported: 3, dirt: {} });
  expect(new Set([await idOf('join-1'), await idOf('join-2'), await idOf('join-3')]).size).toBe(1);
});

test('placeholders in a file of customers are no ids, and are counted', async () => {
  const ids = [
    'null',
    'undefined',
    '0',
    'N/A',
    'nan',
    '[object Object]',
    '00000000-0000-0000-0000-000000000000',
  ];
  const rows = ids.flatMap((id, n) => [
    `${id},ph-${n}@example.test,`,
    `${id},ph-${n}-b@example.test,0000000000`,
  ]);

  const summary = await importText('customers', ['customer_id,email,phone', ...rows, 'none,noemail@x.test,']);

  expect(summary).toMatchObject({
    // The others are empty for every column of a file.
    imported: 14,
    rejected: 1,
    dirt: { placeholder_customer: 6, placeholder_phone: 7 },
  });
  const people = await Promise.all(
    ids
      .flatMap((_, n) => [`ph-${n}@example.test`, `ph-${n}-b@example.test`])
      .map((email) => findCustomerId(app, { email })),
  );
  expect(new Set(people).size).toBe(14);
  expect(people).not.toContain(null);
});

test('an order of a placeholder is a sale without a person; an event or a connection of one is rejected', async () => {
  const at = '2026-01-01T12:00:00Z';
  const orders = await importText('orders', [
    'order_number,sku,quantity,unit_price,placed_at,customer_id',
    `P1,A,1,2.50,${at},guest`,
    `P2,A,1,2.50,${at},[object Object]`,
    `P3,A,1,2.50,${at},real-1`,
  ]);
  const retail = await importText('online-retail', [
    'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
    '700001,A,THING,1,2010-12-01 08:26:00,2.55,0,France',
    '700002,A,THING,1,2010-12-01 08:26:00,2.55,17850,France',
  ]);
  const events = await importText('events', [
    'customer_id,kind,occurred_at',
    `anonymous,search,${at}`,
    `real-1,search,${at}`,
  ]);
  const connections = await importText('connections', [
    'from_customer_id,to_customer_id,kind',
    'real-1,guest,referral',
  ]);

  expect(orders).toMatchObject({ imported: 3, rejected: 0, dirt: { placeholder_customer: 2 } });
  expect(retail).toMatchObject({ imported: 2, rejected: 0, dirt: { placeholder_customer: 1 } });
  expect(events).toMatchObject({ imported: 1, rejected: 1, dirt: { placeholder_customer: 1 } });
  expect(connections).toMatchObject({ rejected: 1, dirt: { placeholder_customer: 1 } });
  const placeholders = ['guest', '[object Object]', '0', 'anonymous'];
  expect(await Promise.all(placeholders.map((id) => idOf(id)))).toEqual(placeholders.map(() => null));
  const guests = await app.db.query(
    `select number from orders where customer_id = '00000000-0000-0000-0000-000000000000' order by number`,
  );
  expect(guests.map((row) => (row as { number: string }).number)).toEqual(['700001', 'P1', 'P2']);
});
