import { migrateDatabase } from '#platform/database/migrate.ts';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { is } from 'drizzle-orm';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { placements } from '../../src/main/placements.ts';
import { openTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
const tables: Record<string, PgTable> = {};
beforeAll(async () => {
  app = await openTestApp();
  for (const file of globSync('src/**/tables.ts')) {
    const module = (await import(/* @vite-ignore */ `../../${file}`)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(module)) if (is(value, PgTable)) tables[name] = value;
  }
});
afterAll(() => app.close());

const journal = async () => [
  ...(await app.db.query<{ hash: string }>('select hash from drizzle.__drizzle_migrations order by id')),
];
const scripts = readdirSync('drizzle')
  .filter((file) => file.endsWith('.sql'))
  .toSorted();

test('migrates from zero by every script, once', async () => {
  expect(await journal()).toHaveLength(scripts.length);
});

test('changes nothing when run again, even by two callers at once', async () => {
  const before = await journal();

  await Promise.all([migrateDatabase(app.db), migrateDatabase(app.db)]);

  expect(await journal()).toEqual(before);
});

test('leaves no difference between the tables of the code and the last migration', async () => {
  const files = readdirSync('drizzle/meta')
    .filter((file) => file.endsWith('_snapshot.json'))
    .toSorted();
  const snapshot = JSON.parse(readFileSync(`drizzle/meta/${files.at(-1)}`, 'utf8')) as { id: string };

  const current = generateDrizzleJson(tables, snapshot.id);

  expect(await generateMigration(snapshot as never, current)).toEqual([]);
});

test('makes the tables that the code knows, and no other', async () => {
  const rows = await app.db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );

  expect(rows.map(({ name }) => name)).toEqual(Object.keys(placements).toSorted());
});

test('says where each table lives on a cluster', () => {
  const names = Object.values(tables).map((table) => getTableConfig(table).name);

  expect(names.toSorted()).toEqual(Object.keys(placements).toSorted());
});

test('begins every primary and unique key of a distributed table with the column it is distributed by', () => {
  const wrong: string[] = [];
  for (const table of Object.values(tables)) {
    const config = getTableConfig(table);
    const placement = placements[config.name]!;
    if (typeof placement === 'string') continue;
    const keys = [
      ...config.primaryKeys.map((key) => key.columns.map(({ name }) => name)),
      ...config.columns.filter((column) => column.primary || column.isUnique).map(({ name }) => [name]),
      ...config.uniqueConstraints.map((key) => key.columns.map(({ name }) => name)),
      ...config.indexes
        .filter((index) => index.config.unique)
        .map((index) =>
          index.config.columns.map((column) => ('name' in column ? (column.name as string) : '?')),
        ),
    ];
    for (const key of keys)
      if (!key.includes(placement.distributedBy)) wrong.push(`${config.name}(${key.join(', ')})`);
    if (keys.length === 0) wrong.push(`${config.name} has no key`);
  }

  expect(wrong).toEqual([]);
});

test('points foreign keys only where a cluster allows them', () => {
  const kindOf = (name: string) => {
    const placement = placements[name]!;
    return typeof placement === 'string' ? placement : 'distributed';
  };
  const wrong: string[] = [];
  for (const table of Object.values(tables)) {
    const { name, foreignKeys } = getTableConfig(table);
    for (const key of foreignKeys) {
      const { foreignTable, columns } = key.reference();
      const target = getTableConfig(foreignTable).name;
      const pair = `${kindOf(name)} > ${kindOf(target)}`;
      const isAllowed =
        ['distributed > reference', 'reference > reference', 'local > reference', 'local > local'].includes(
          pair,
        ) ||
        (pair === 'distributed > distributed' &&
          target === 'customers' &&
          columns[0]?.name === 'customer_id');
      if (!isAllowed) wrong.push(`${name} > ${target}`);
    }
  }

  expect(wrong).toEqual([]);
});

test('places tables after they are made and before the first foreign key', () => {
  for (const script of scripts) {
    const text = readFileSync(`drizzle/${script}`, 'utf8');
    if (!text.includes('CREATE TABLE')) continue;
    const placed = text.indexOf('do $$');

    expect(placed).toBeGreaterThan(text.lastIndexOf('CREATE TABLE'));
    expect(text.slice(0, placed)).not.toContain('FOREIGN KEY');
    expect(text).toContain("extname = 'citus'");
  }
});

test('uses no serial or identity column outside local tables, and no trigger', () => {
  for (const script of scripts) {
    const text = readFileSync(`drizzle/${script}`, 'utf8');

    expect(text).not.toMatch(/CREATE (TRIGGER|RULE)/i);
    for (const statement of text.split('--> statement-breakpoint')) {
      const table = /^\s*CREATE TABLE "(\w+)"/.exec(statement)?.[1];
      if (table !== undefined && placements[table] === 'local') continue;
      expect(statement).not.toMatch(/\bserial\b|GENERATED (ALWAYS|BY DEFAULT) AS IDENTITY/i);
    }
  }
});
