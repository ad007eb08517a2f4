/**
 * `npm run bench:import`: rows per second of importing Online Retail into an empty database, beside a COPY of the same
 * rows into one table without an index. Rounds alternate, so that both meet the same machine. Never asserts.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createGunzip, gunzipSync } from 'node:zlib';

import { migrateDatabase } from '#platform/database/migrate.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import postgres, { type Sql } from 'postgres';

import type { ImportMeasure } from './import-worker.ts';
import { startPostgres } from './postgres-server.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    memory: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  print('npm run bench:import -- [--rounds 5] [--memory] [--json FILE]');
  print('  --memory  also import a file of four times the rows, to compare the peaks of memory');
  process.exit(0);
}

const FILE = join(process.env['DATASETS_DIR'] ?? '../shared/data', 'online-retail.csv.gz');
const WORKER = fileURLToPath(new URL('import-worker.ts', import.meta.url));
const TEMPLATE = 'c360_bench_import_template';
const TARGET = 'c360_bench_import';
const COPY_CHUNK_BYTES = 1 << 16;
/** As `npm run c360` starts the product: fewer collections of rows that live as long as a batch. */
const NODE_OPTIONS = ['--max-semi-space-size=64'];

if (!existsSync(FILE)) {
  print(`${FILE} is not there. Set DATASETS_DIR to the folder that has it.`);
  process.exit(1);
}
if (process.env['TEST_DATABASE_URL']) process.env['BENCH_DATABASE_URL'] ??= process.env['TEST_DATABASE_URL'];
const server = await startPostgres();
const admin = postgres(server.url, { max: 1, onnotice: () => {} });
try {
  await createTemplate();
  const imports: ImportMeasure[] = [];
  const copies: number[] = [];
  for (let round = 1; round <= Number(options.rounds); round += 1) {
    copies.push(await copyRaw());
    imports.push(await importInto(FILE));
    const [copied, imported] = [copies.at(-1), imports.at(-1)];
    print(
      `round ${round}: copy ${copied.toFixed(2)} s, import ${imported.seconds.toFixed(2)} s (${imported.cpuSeconds.toFixed(2)} s CPU in Node), ratio ${(copied / imported.seconds).toFixed(3)}`,
    );
  }
  const ratios = imports.map(({ seconds }, index) => copies[index]! / seconds);
  const rates = imports.map(({ rows, seconds }) => rows / seconds);
  print(`machine: ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
  print(
    `rows per second: ${describe(rates, 0)}; raw COPY ${describe(
      copies.map((seconds) => imports[0]!.rows / seconds),
      0,
    )}`,
  );
  print(`ratio to raw COPY: ${describe(ratios, 3)}`);
  if (options.memory) await compareMemory(imports[0]!);
  if (options.json !== undefined) {
    const result = {
      rows_per_second: Math.round(median(rates)),
      ratio_to_copy: Number(median(ratios).toFixed(4)),
    };
    writeFileSync(options.json, `${JSON.stringify(result)}\n`);
  }
} finally {
  for (const name of [TARGET, TEMPLATE]) await admin.unsafe(`drop database if exists ${name} with (force)`);
  await admin.end();
  server.stop();
}

function urlOf(database: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
}

async function createTemplate(): Promise<void> {
  await admin.unsafe(`drop database if exists ${TEMPLATE} with (force)`);
  await admin.unsafe(`create database ${TEMPLATE}`);
  const db = await openPostgres({ url: urlOf(TEMPLATE), poolSize: 1, statementTimeoutMs: 0 });
  await migrateDatabase(db);
  await db.close();
}

async function createTarget(template: string): Promise<void> {
  await admin.unsafe(`drop database if exists ${TARGET} with (force)`);
  await admin.unsafe(`create database ${TARGET} template ${template}`);
  // What one side left to write must not slow the other down.
  await admin.unsafe('checkpoint');
}

/** @returns seconds, of text that is unpacked already: the database and the wire alone. */
async function copyRaw(): Promise<number> {
  await createTarget('template0');
  const text = gunzipSync(readFileSync(FILE));
  const sql: Sql = postgres(urlOf(TARGET), { max: 1 });
  await sql.unsafe(
    `create table raw (invoice text, code text, description text, quantity int, at timestamp, price numeric,
      customer text, country text)`,
  );
  const started = performance.now();
  const chunks = function* (): Generator<Uint8Array> {
    for (let start = 0; start < text.length; start += COPY_CHUNK_BYTES) {
      yield text.subarray(start, start + COPY_CHUNK_BYTES);
    }
  };
  await pipeline(chunks, await sql.unsafe('copy raw from stdin (format csv, header)').writable());
  const seconds = (performance.now() - started) / 1000;
  await sql.end();
  return seconds;
}

async function importInto(file: string): Promise<ImportMeasure> {
  await createTarget(TEMPLATE);
  const child = fork(WORKER, [urlOf(TARGET), file], { execArgv: NODE_OPTIONS });
  const [measure] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the import ended with code ${code}`))),
  ])) as [ImportMeasure];
  await once(child, 'exit');
  return measure;
}

/** The same rows four times over, under other invoice numbers. */
async function compareMemory(single: ImportMeasure): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'c360-bench-import-'));
  try {
    const file = join(folder, 'four.csv');
    const output = createWriteStream(file);
    for (let copy = 0; copy < 4; copy += 1) {
      let text = '';
      for await (const chunk of createReadStream(FILE).pipe(createGunzip()).setEncoding('utf8'))
        text += chunk;
      const [header, ...rows] = text.trimEnd().split('\n');
      if (copy === 0) output.write(`${header}\n`);
      output.write(`${rows.map((row) => row.replace(/^([A-Z]?)/, `$1${copy}`)).join('\n')}\n`);
    }
    output.end();
    await once(output, 'finish');
    const four = await importInto(file);
    print(
      `peak memory: ${single.peakMegabytes.toFixed(0)} MB for ${single.rows} rows, ${four.peakMegabytes.toFixed(0)} MB for ${four.rows} rows`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function describe(values: readonly number[], digits: number): string {
  return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
