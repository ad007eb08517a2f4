import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CustomerIdCache } from '#events/import/customer-id-cache.ts';
import { importFile, type ImportOptions } from '#events/import/import-file.ts';
import { NamedCustomers } from '#events/import/named-customers.ts';
import { afterAll, beforeEach, afterEach, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';

const folder = await mkdtemp(join(tmpdir(), 'c360-rollback-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

let app: TestApp;
beforeEach(async () => {
  app = await openTestApp();
});
afterEach(() => app.close());

const EVENTS =
  'customer_id,kind,occurred_at\nC1,page_viewed,2026-01-01T12:00:00Z\nC2,page_viewed,2026-01-01T13:00:00Z\n';
const CONNECTIONS = 'from_customer_id,to_customer_id,kind\nC1,C2,referral\n';
const INVOICES =
  'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n500001,85123,MUG,1,2010-12-01 08:26:00,2.55,C1,France\n500002,85123,MUG,1,2010-12-01 08:27:00,2.55,C2,France\n';

async function importText(format: ImportOptions['format'], text: string) {
  const file = join(folder, `${format}.csv`);
  await writeFile(file, text);
  return importFile(app, { file, format });
}

/** Makes the first writes of a table fail; a sequence counts them, which no rollback takes back. */
async function failWrites(table: string, count: number, sqlState: string): Promise<void> {
  await app.db.execute(`create sequence writes;
    create function fail_writes() returns trigger language plpgsql as $$
    begin
      if nextval('writes') <= ${count} then raise exception 'refused' using errcode = '${sqlState}'; end if;
      return new;
    end $$;
    create trigger fail_writes before insert on ${table} for each statement execute function fail_writes()`);
}

const formats = [
  ['online-retail', INVOICES, 'orders'],
  ['events', EVENTS, 'events'],
  ['connections', CONNECTIONS, 'customer_connections'],
] as const;

test.each(formats)('a batch of %s that is refused leaves nobody behind', async (format, text, table) => {
  await failWrites(table, 1_000, '23514');

  await expect(importText(format, text)).rejects.toThrow('refused');

  expect(await app.db.query('select 1 from customers union all select 1 from customer_identities')).toEqual(
    [],
  );
});

test.each(formats)(
  'a batch of %s that is written again makes everybody once',
  async (format, text, table) => {
    await failWrites(table, 1, '40P01');

    const summary = await importText(format, text);

    expect(summary).toMatchObject({ rejected: 0, unchanged: 0, peopleMade: 2 });
    const [row] = await app.db.query<{ people: number; owned: number }>(
      `select (select count(*)::int from customers) as people,
      (select count(distinct customer_id)::int from customer_identities) as owned`,
    );
    expect(row).toEqual({ people: 2, owned: 2 });
  },
);

test('a batch keeps its customers when the cache is emptied before it is written', async () => {
  const cache = new CustomerIdCache(app, 'shop', 0);
  const name = async (...externalIds: string[]) => {
    const batch = new NamedCustomers(cache);
    await batch.find(externalIds.map((externalId) => ({ externalId, country: null, seenAtMs: 0 })));
    return batch;
  };
  const first = await name('C1', 'C2');
  const made = await app.db.transaction((tx) => first.hold(tx));
  first.remember();
  const second = await name('C2', 'C3');

  await name('C4');
  const held = await app.db.transaction((tx) => second.hold(tx));

  expect(cache.has('C2')).toBe(false);
  expect(held.madeCount).toBe(1);
  expect(held.idOf('C2')).toBe(made.idOf('C2'));
  expect(held.locked.has(held.idOf('C3')!)).toBe(true);
});
