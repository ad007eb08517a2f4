/** The benchmark's database: built once for each size and schema on a server, then used again. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import type { App } from '#platform/app.ts';
import { readConfig } from '#platform/config.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import { migrateDatabase } from '#platform/database/migrate.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { createLog } from '#platform/log.ts';
import postgres from 'postgres';

import { buildShop, emailOf, type ShopSize } from './shop.ts';

const contactKey = createHash('sha256').update('contact key of the read benchmark').digest();
const indexKey = createHash('sha256').update('index key of the read benchmark').digest();
/** Settings with which a gateway can read the benchmark's contact data. */
export const keySettings = {
  CONTACT_KEYS: `bench:${contactKey.toString('base64')}`,
  CONTACT_INDEX_KEY: indexKey.toString('base64'),
};

/** Place of a customer in the order newest first, to start a page from. */
export interface PageStart {
  readonly createdAt: string;
  readonly id: string;
}

export interface BenchDatabase {
  readonly url: string;
  readonly emails: readonly string[];
  readonly pageStarts: readonly PageStart[];
}

const PAGES = 200;

export async function prepareDatabase(
  serverUrl: string,
  size: ShopSize,
  onStep: (step: string) => void,
): Promise<BenchDatabase> {
  const name = `c360_bench_${size.customers}_${size.products}_${size.lines}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const server = postgres(serverUrl, { max: 1, onnotice: () => {} });
  const [existing] =
    await server`select shobj_description(oid, 'pg_database') as mark from pg_database where datname = ${name}`;
  const mark = `complete ${hashMigrations()}`;
  if (existing?.['mark'] !== mark) {
    await server.unsafe(`drop database if exists ${name} with (force)`);
    await server.unsafe(`create database ${name}`);
    await build(url.href, size, onStep);
    await server.unsafe(`comment on database ${name} is '${mark}'`);
  }
  await server.end();
  return { url: url.href, ...(await readTargets(url.href, size)) };
}

/** Of all migrations: a database of another schema is built anew. */
function hashMigrations(): string {
  const folder = new URL('../../../drizzle/', import.meta.url);
  const hash = createHash('sha256');
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  for (const name of files.toSorted()) hash.update(readFileSync(new URL(name, folder)));
  return hash.digest('hex');
}

async function build(url: string, size: ShopSize, onStep: (step: string) => void): Promise<void> {
  const db = await openPostgres({ url, poolSize: 4, statementTimeoutMs: 0 });
  const app: App = {
    config: readConfig({ DATABASE_URL: url, ...keySettings }),
    db,
    keyring: createKeyring(new Map([['bench', contactKey]]), indexKey),
    log: createLog('warn'),
    clock: () => new Date(),
    onClose: [],
  };
  await migrateDatabase(db);
  await buildShop(app, size, onStep);
  for (const close of app.onClose.toReversed()) await close();
  await db.close();
}

async function readTargets(
  url: string,
  size: ShopSize,
): Promise<Pick<BenchDatabase, 'emails' | 'pageStarts'>> {
  const sql = postgres(url, { max: 1 });
  const rows = await sql<{ created_at: Date; id: string }[]>`
    select created_at, id from (select created_at, id, row_number() over (order by id) as position from customers) c
    where position > 20 and position % ${Math.max(1, Math.floor(size.customers / PAGES))} = 0 order by md5(id::text)`;
  await sql.end();
  return {
    emails: Array.from({ length: 1000 }, (_, index) => emailOf((index * 7919) % size.customers)),
    pageStarts: rows.map((row) => ({ createdAt: row.created_at.toISOString(), id: row.id })),
  };
}
