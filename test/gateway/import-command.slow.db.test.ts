import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createPlace, type Place, run } from '../support/gateway-process.ts';

// Processes are started over and over, which takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let place: Place;
beforeEach(async () => {
  place = await createPlace();
});
afterEach(() => place.remove());

async function importText(format: string, text: string, ...args: string[]) {
  const file = join(place.dataDir, `${format}.csv`);
  await writeFile(file, text);
  return run(place, ['import', file, '--format', format, '--no-compute', ...args]);
}

const ORDERS = 'order_number,sku,quantity,unit_price,placed_at\n';

test('ends with 1 where nothing was taken in, and with 0 where rows were, or were there already', async () => {
  const people = 'customer_id,name,age\n1,Ann,30\n';

  const taken = await importText('customers', people);
  const again = await importText('customers', people);
  const rejected = await importText('orders', `${ORDERS}A9,ZZ,1,5.00,2026-01-01\n`);
  const empty = await importText('orders', ORDERS);
  const doubtful = await importText('orders', `${ORDERS}A9,ZZ,1,5.00,03/04/2026\n`);
  const swallowed = await importText('customers', `${people}2,"Bob,1\n3,Cid,2\n4,Dan,3\n`);

  expect([taken, again, rejected, empty, doubtful, swallowed].map(({ code }) => code)).toEqual([
    0, 0, 1, 1, 1, 1,
  ]);
  expect(taken.stdout).toContain('Not read: age; map them with --map.');
  expect(again.stdout).toMatch(/unchanged\s+1 /);
  expect(rejected.stderr).toContain('all 1 rows were rejected');
  expect(empty.stderr).toContain('the file has no rows');
  expect(doubtful.stderr).toContain('Say --dates dmy or --dates mdy');
  expect(swallowed.stderr).toContain('3 rows were not taken in, as they are inside a quote');
  expect(await readFile(join(place.dataDir, 'customers.csv.rejects.csv'), 'utf8')).toContain('4,Dan,3');
});

test('refuses another CURRENCY once amounts are stored, in every command, and leaves the database as it was', async () => {
  const list = (currency: string) => run(place, ['keys', 'list', '--json'], { CURRENCY: currency });

  expect((await list('EUR')).code).toBe(0);
  expect((await list('GBP')).code).toBe(0);
  expect((await importText('products', 'sku,name,price\nMUG,Mug,8.00\n')).code).toBe(0);

  const refused = await list('EUR');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('CURRENCY: this database holds amounts in GBP');
  expect((await list('GBP')).code).toBe(0);
});
