/** Migrates one database per engine; every test file starts from a copy of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { migrateDatabase } from '#platform/database/migrate.ts';
import { openPglite } from '#platform/database/pglite.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** File of the embedded template's dump, or name of the server's template database. */
    template: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  return project.config.env['TEST_ENGINE'] === 'postgres'
    ? createServerTemplate(project)
    : createDump(project);
}

async function createDump(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'c360-template-'));
  const file = join(folder, 'template.tar');
  const db = await openPglite({ folder: null });
  await migrateDatabase(db);
  await writeFile(file, Buffer.from(await (await db.dump()).arrayBuffer()));
  await db.close();
  project.provide('template', file);
  return () => rm(folder, { recursive: true, force: true });
}

async function createServerTemplate(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env['TEST_DATABASE_URL']!;
  const name = `c360_template_${process.pid}`;
  const server = postgres(url, { max: 1, onnotice: () => {} });
  await server.unsafe(`drop database if exists ${name} with (force)`);
  await server.unsafe(`create database ${name}`);
  const templateUrl = new URL(url);
  templateUrl.pathname = `/${name}`;
  const db = await openPostgres({ url: templateUrl.href, poolSize: 2, statementTimeoutMs: 60_000 });
  await migrateDatabase(db);
  await db.close();
  project.provide('template', name);
  return async () => {
    await server.unsafe(`drop database if exists ${name} with (force)`);
    await server.end();
  };
}
