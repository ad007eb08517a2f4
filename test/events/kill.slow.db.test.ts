import { fork } from 'node:child_process';
import { once } from 'node:events';

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type ImportSummary, importFile } from '#events/import/import-file.ts';
import type { Database } from '#platform/database/database.ts';
import { migrateDatabase } from '#platform/database/migrate.ts';
import { openPglite } from '#platform/database/pglite.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { readState } from './import-state.ts';

const worker = fileURLToPath(new URL('killed-import.ts', import.meta.url));
const isServer = process.env['TEST_ENGINE'] === 'postgres';
/** Rows after which the process is killed: at once, in the middle, and with everything but the last work done. */
const KILL_AT_ROWS = [0, 20_000, 30_000];

let folder: string;
let file: string;
let whole: TestApp;
let expected: unknown;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'c360-kill-'));
  file = join(folder, 'orders.csv');
  await writeFile(file, makeFile());
  whole = await openTestApp();
  await importFile(whole, { file, format: 'online-retail' });
  expected = await readState(whole.db);
});
afterAll(async () => {
  await whole.close();
  await rm(folder, { recursive: true, force: true });
});

/** 30,000 rows of 3,000 invoices: repeats, returns, guests, products named late, people in two countries. */
function makeFile(): string {
  const lines = ['InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'];
  for (let row = 0; row < 30_000; row += 1) {
    const invoice = Math.floor(row / 10);
    const isReturn = invoice % 11 === 10;
    const product = (row * 7) % 400;
    const description =
      row < 5_000 && product % 3 === 0 ? (product % 2 === 0 ? '' : 'damaged') : `THING ${product}`;
    const price = description.startsWith('THING') ? ((product % 50) + (invoice % 3)) / 4 + 1 : 0;
    const customer = invoice % 5 === 0 ? '' : 10_000 + (invoice % 200);
    const at = new Date(Date.UTC(2010, 11, 30) + invoice * 60_000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ');
    const quantity = (isReturn ? -1 : 1) * ((row % 4) + 1);
    const country = invoice % 400 < 300 ? 'France' : 'Spain';
    const line = `${isReturn ? 'C' : ''}${500_000 + invoice},${product},${description},${quantity},${at},${price},${customer},${country}`;
    lines.push(row % 10 === 9 ? lines.at(-1) : line);
  }
  return `${lines.join('\n')}\n`;
}

/** Starts the import in a process of its own, which kills itself once so many rows are done, or at a statement. */
async function runImport(place: string, killAt: number | string | null): Promise<ImportSummary | null> {
  const parameters = [isServer ? 'postgres' : 'pglite', place, file];
  if (killAt !== null) parameters.push(String(killAt));
  const child = fork(worker, parameters, { execArgv: [] });
  let summary: ImportSummary | null = null;
  child.on('message', (message: { summary: ImportSummary }) => {
    summary = message.summary;
  });
  await once(child, 'exit');
  return summary;
}

test(
  'ends like an import that was not stopped, however often it is killed',
  { timeout: 180_000 },
  async () => {
    const opened = isServer ? await openTestApp() : null;
    const place = opened === null ? join(folder, 'data') : await urlOf(opened.db);
    if (opened === null) {
      const db = await openPglite({ folder: place });
      await migrateDatabase(db);
      await db.close();
    }

    for (const rows of KILL_AT_ROWS) expect(await runImport(place, rows)).toBeNull();
    const summary = await runImport(place, null);

    expect(summary).toMatchObject({ rowsRead: 30_000, imported: 27_000, merged: 3_000, rejected: 0 });
    expect(summary!.resumedAtRow).toBeGreaterThanOrEqual(20_000);
    const db = opened?.db ?? (await openPglite({ folder: place }));
    expect(await readState(db)).toEqual(expected);
    await (opened === null ? (db as Awaited<ReturnType<typeof openPglite>>).close() : opened.close());
  },
);

test(
  'killed while it writes the orders of a batch, an import leaves nobody behind',
  { timeout: 60_000 },
  async () => {
    const opened = isServer ? await openTestApp() : null;
    const place = opened === null ? join(folder, 'batch') : await urlOf(opened.db);
    if (opened === null) {
      const first = await openPglite({ folder: place });
      await migrateDatabase(first);
      await first.close();
    }

    expect(await runImport(place, 'events.copyOrders')).toBeNull();

    const db = opened?.db ?? (await openPglite({ folder: place }));
    const rows =
      await db.query(`select 'person' from customers union all select 'identity' from customer_identities
    union all select 'order' from orders union all select 'event' from events`);
    expect([...rows]).toEqual([]);
    await (opened === null ? (db as Awaited<ReturnType<typeof openPglite>>).close() : opened.close());
  },
);

async function urlOf(db: Database): Promise<string> {
  const [row] = await db.query<{ name: string }>('select current_database() as name');
  const url = new URL(process.env['TEST_DATABASE_URL']!);
  url.pathname = `/${row!.name}`;
  return url.href;
}
