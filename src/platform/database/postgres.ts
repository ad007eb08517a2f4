/** The database on a Postgres server. postgres.js reads its URL; connections are our own. Knows no table. */
import postgres from 'postgres';

import { addArrayTypes, ARRAY_TYPES, type ArrayType, type FilledSettings } from './array-types.ts';
import type { Database, RootDatabase, StatementObserver, StatementOwner } from './database.ts';
import { clientOptions } from './client-options.ts';
import { PipelineConnections } from '#pg-batch/pipeline-connections.ts';
import { ReconnectingConnection } from '#pg-batch/reconnecting-connection.ts';
import type { ServerSettings, SessionSettings } from '#pg-batch/settings.ts';
import { Watchdog } from '#pg-batch/watchdog.ts';
import { PoolConnection } from './pool/connection.ts';
import { Listener } from './pool/listener.ts';
import { Pool } from './pool/pool.ts';
import { PoolDatabase, RequestDatabase } from './pool/pool-database.ts';
import { Work } from './pool/work.ts';

export interface PostgresOptions {
  readonly url: string;
  /** Connections of the pool. */
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  readonly onStatement?: StatementObserver | undefined;
}

/**
 * Of the pool's connections those that requests share. Two answer as fast as one process can ask, and more requests'
 * statements share a packet: Postgres took 0.87 to 0.95 of its time, and Node 0.98, with two instead of four.
 */
const MAX_PIPELINE_CONNECTIONS = 2;

/**
 * A page of keys is read along indexes, whatever the server guesses of their number. Left to itself it plans
 * batched queries of one customer again each time, which took longer than running them.
 */
const BATCH_SETTINGS = {
  plan_cache_mode: 'force_generic_plan',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_seqscan: 'off',
  // Statements of one turn are one transaction: what one wrote would be undone by an error of the next.
  default_transaction_read_only: 'on',
};

/**
 * Texts that such a connection keeps prepared. Pages select the columns that a query asks for, and a client could
 * ask for every selection there is; what comes beyond is parsed each time.
 */
const MOST_PREPARED = 500;

/** Of the pool's connections at most this number for one caller: the rest are there for others at once. */
const SHARE_OF_A_CALLER = 2 / 3;

/** For what is under way when the database is closed. */
const CLOSE_WITHIN_MS = 5_000;

/** For authentication and readiness: neither takes longer unless something is wrong. */
const CONTROL_TIMEOUT_MS = 3_000;

/** Batched queries go along indexes; one that takes longer holds up all that follow it on its connection. */
const BATCH_TIMEOUT_MS = 5_000;

/** Of a server that was there at the start. An attempt that hangs holds up what waits for it. */
const CONNECT_TIMEOUT_SECONDS = 3;

function shorter(timeoutMs: number, limitMs: number): number {
  return timeoutMs === 0 ? limitMs : Math.min(timeoutMs, limitMs);
}

/** Settings as postgres.js reads them from the URL, and how it reads and writes values. */
function readUrl(url: string, statementTimeoutMs: number): UrlSettings {
  const { options } = postgres(url, { ...clientOptions(statementTimeoutMs), max: 1 });
  return options as unknown as UrlSettings;
}

interface UrlSettings extends Omit<ServerSettings, keyof FilledSettings>, FilledSettings {
  readonly prepare: boolean;
  /** False where arrays are left as their text. */
  readonly fetch_types: boolean;
}

/** The first connection: it may take as long as the URL says. @throws as `openPostgres` */
async function readArrayTypes(settings: UrlSettings): Promise<void> {
  const connection = await PoolConnection.open(settings, () => {});
  if (settings.fetch_types) {
    addArrayTypes(
      settings,
      (await connection.run(ARRAY_TYPES, [], { cacheStatement: false })) as ArrayType[],
    );
  }
  connection.end();
}

/** @throws when the server cannot be reached or refuses the login. */
export async function openPostgres(options: PostgresOptions): Promise<RootDatabase> {
  const { url, statementTimeoutMs } = options;
  const read = readUrl(url, statementTimeoutMs);
  const isTimed = new URL(url).searchParams.has('connect_timeout');
  const settings: UrlSettings = isTimed ? read : { ...read, connect_timeout: CONNECT_TIMEOUT_SECONDS };
  await readArrayTypes(read);
  const withSession = (changes: SessionSettings): ServerSettings => ({
    ...settings,
    connection: { ...settings.connection, ...changes },
  });
  // One is left for transactions, however small the pool.
  const pipelineCount = Math.min(MAX_PIPELINE_CONNECTIONS, Math.max(1, options.poolSize - 1));
  const pipelineTimeoutMs = statementTimeoutMs === 0 ? 0 : Math.min(statementTimeoutMs, BATCH_TIMEOUT_MS);
  const pipelineSettings: ServerSettings = {
    ...settings,
    connection: { ...BATCH_SETTINGS, ...settings.connection, statement_timeout: pipelineTimeoutMs },
  };
  const watchdog = new Watchdog(settings);
  const batchConnections = Array.from(
    { length: pipelineCount },
    () => new ReconnectingConnection(pipelineSettings, watchdog),
  );
  const size = Math.max(1, options.poolSize - pipelineCount);
  const pool = new Pool(settings, {
    size,
    sizePerCaller: Math.ceil(size * SHARE_OF_A_CALLER),
    watchdog,
  });
  const controlTimeoutMs = shorter(statementTimeoutMs, CONTROL_TIMEOUT_MS);
  const controlPool = new Pool(withSession({ statement_timeout: controlTimeoutMs }), {
    size: 1,
    sizePerCaller: 1,
    watchdog,
  });
  const preparedTexts = new Set<string>();
  const shouldCacheStatement = (text: string): boolean => {
    if (preparedTexts.has(text)) return true;
    if (preparedTexts.size === MOST_PREPARED) return false;
    preparedTexts.add(text);
    return true;
  };
  const observe = options.onStatement ?? (() => {});
  const prepares = settings.prepare;
  const pipelineConnections = new PipelineConnections(batchConnections);
  const access = { pool, observe, prepares, pipelineConnections, shouldCacheStatement };
  const gatewayWork = new Work(null);

  const listener = new Listener(withSession({ statement_timeout: CONTROL_TIMEOUT_MS }), watchdog);

  // A lock is held by a connection of its own: it ends with the process that held it, however that ends.
  async function lock<T>(statement: string, name: string, work: () => Promise<T>): Promise<T | null> {
    const unlimited = withSession({ statement_timeout: 0 });
    const connection = await PoolConnection.open(unlimited, (closed) => watchdog.delete(closed));
    watchdog.add(connection);
    const run = (text: string, values: readonly unknown[]) =>
      connection.run(text, values, { cacheStatement: false }) as Promise<{ held: boolean }[]>;
    try {
      const [row] = await run(statement, [name]);
      return row?.held === false ? null : await work();
    } finally {
      // Free at once, not when the server has seen that its client left.
      await run('select pg_advisory_unlock_all()', []).catch(() => {});
      connection.end();
    }
  }

  return Object.assign(new PoolDatabase(access, gatewayWork), {
    forRequest: (owner: StatementOwner): Database => new RequestDatabase(access, new Work(owner)),
    control: new PoolDatabase({ pool: controlPool, observe, prepares }, gatewayWork),
    async execute(script: string) {
      await pool.run(gatewayWork, script, [], { cacheStatement: false, isScript: true });
    },
    listen: (channel: string, onMessage: (payload: string) => void, onConnect?: () => void) =>
      listener.listen(channel, onMessage, onConnect),
    withLock: async <T>(name: string, work: () => Promise<T>): Promise<T> =>
      (await lock('select pg_advisory_lock(hashtextextended($1, 0)) is not null as held', name, work)) as T,
    tryWithLock: <T>(name: string, work: () => Promise<T>): Promise<T | null> =>
      lock('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', name, work),
    async close() {
      watchdog.close();
      await Promise.all([
        listener.close(),
        ...[pool, controlPool, ...batchConnections].map((part) => part.close(CLOSE_WITHIN_MS)),
      ]);
    },
  });
}
