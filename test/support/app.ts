/** A real app on a real database of its own, copied from the migrated template. */
import { readFile } from 'node:fs/promises';

import type { App } from '#platform/app.ts';
import type { Scope, Viewer } from '#platform/auth/viewer.ts';
import { scopes as everyScope } from '#platform/auth/viewer.ts';
import { readConfig } from '#platform/config.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import type { RootDatabase } from '#platform/database/database.ts';
import { openPglite } from '#platform/database/pglite.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { createId } from '#platform/ids.ts';
import { createLog } from '#platform/log.ts';
import type { RequestContext } from '#platform/request.ts';
import postgres from 'postgres';
import { inject } from 'vitest';

/** Texts of the statements sent since the last `resetStatements`. */
export interface StatementLog {
  readonly statements: readonly string[];
  resetStatements(): void;
  /** Forgets all but the first `count` statements. */
  keepStatements(count: number): void;
}

export interface TestApp extends App, StatementLog {
  /** The present of this app; `null` is the real one. */
  setNow(now: Date | null): void;
  close(): Promise<void>;
}

export async function openTestApp(env: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const statements: string[] = [];
  const { db, url, drop } = await openCopy((text) => statements.push(text));
  let fixedNow: Date | null = null;
  const app: TestApp = {
    config: readConfig({ LOG_LEVEL: 'silent', DATABASE_URL: url, ...env }),
    db,
    keyring: createKeyring(new Map([['test', Buffer.alloc(32, 1)]]), Buffer.alloc(32, 2)),
    log: createLog('silent'),
    clock: () => fixedNow ?? new Date(),
    onClose: [],
    statements,
    resetStatements: () => void statements.splice(0),
    keepStatements: (count) => void statements.splice(count),
    setNow: (now) => void (fixedNow = now),
    async close() {
      for (const closeOne of app.onClose.toReversed()) await closeOne();
      await db.close().catch(() => {});
      await drop();
    },
  };
  return app;
}

async function openCopy(
  onStatement: (text: string) => void,
): Promise<{ db: RootDatabase; url: string | undefined; drop: () => Promise<void> }> {
  const template = inject('template');
  if (process.env['TEST_ENGINE'] !== 'postgres') {
    const load = new Blob([await readFile(template)]);
    return {
      db: await openPglite({ folder: null, load, onStatement }),
      url: undefined,
      drop: async () => {},
    };
  }
  const name = `c360_test_${createId().replaceAll('-', '')}`;
  const url = new URL(process.env['TEST_DATABASE_URL']!);
  const server = postgres(url.href, { max: 1, onnotice: () => {} });
  await server.unsafe(`create database ${name} template ${template}`);
  url.pathname = `/${name}`;
  const db = await openPostgres({ url: url.href, poolSize: 10, statementTimeoutMs: 30_000, onStatement });
  const drop = async () => {
    await server.unsafe(`drop database if exists ${name} with (force)`);
    await server.end();
  };
  return { db, url: url.href, drop };
}

export function viewerWith(scopes: readonly Scope[] = everyScope): Viewer {
  return { id: 'key:test', name: 'test', kind: 'key', scopes: new Set(scopes) };
}

export function createContext(
  app: App,
  viewer: Viewer = viewerWith(),
  now: Date = app.clock(),
): RequestContext {
  const { signal } = new AbortController();
  return {
    app,
    db: app.db.forRequest({ caller: viewer.id, signal }),
    viewer,
    requestId: createId(),
    requestCache: [],
    effects: new Map(),
    now,
    signal,
  };
}
