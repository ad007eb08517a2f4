/** An empty database for the shop's own tables: embedded, or a new one on the server of TEST_DATABASE_URL. */
import type { RootDatabase } from '#platform/database/database.ts';
import { openPglite } from '#platform/database/pglite.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { createId } from '#platform/ids.ts';
import postgres from 'postgres';

export interface RulesDatabase {
  readonly db: RootDatabase;
  close(): Promise<void>;
}

export async function openRulesDatabase(): Promise<RulesDatabase> {
  if (process.env['TEST_ENGINE'] !== 'postgres') {
    const db = await openPglite({ folder: null });
    return { db, close: () => db.close() };
  }
  const name = `c360_rules_${createId().replaceAll('-', '')}`;
  const url = new URL(process.env['TEST_DATABASE_URL']!);
  const server = postgres(url.href, { max: 1, onnotice: () => {} });
  await server.unsafe(`create database ${name}`);
  url.pathname = `/${name}`;
  const db = await openPostgres({ url: url.href, poolSize: 1, statementTimeoutMs: 30_000 });
  return {
    db,
    async close() {
      await db.close();
      await server.unsafe(`drop database if exists ${name} with (force)`);
      await server.end();
    },
  };
}
