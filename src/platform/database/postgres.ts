/** The database on a Postgres server, through postgres.js. Knows no table. */
import { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';

import postgres, { type Sql, type TransactionSql } from 'postgres';

import { parseInstant } from './instants.ts';
import type { Database, RootDatabase, StatementObserver } from './database.ts';
import { gatherWrites, Lanes } from './lanes.ts';
import { LookUpConnection } from './look-ups/connection.ts';
import type { ServerSettings } from './look-ups/settings.ts';
import { createOrm } from './orm.ts';

export interface PostgresOptions {
  readonly url: string;
  /** Connections of the pool. */
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  readonly onStatement?: StatementObserver | undefined;
}

const BIGINT = 20;
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const JSON_TYPE = 114;
const JSONB_TYPE = 3802;

function clientOptions(statementTimeoutMs: number): postgres.Options<Record<string, postgres.PostgresType>> {
  const json = {
    to: JSONB_TYPE,
    from: [JSON_TYPE, JSONB_TYPE],
    // Drizzle hands over finished JSON text; the default would quote it a second time.
    serialize: (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)),
    parse: (text: string): unknown => JSON.parse(text),
  };
  const bigint = { to: BIGINT, from: [BIGINT], serialize: String, parse: Number };
  const date = {
    to: TIMESTAMPTZ,
    from: [DATE, TIMESTAMP, TIMESTAMPTZ],
    serialize: (value: unknown) => (value instanceof Date ? value : new Date(value as string)).toISOString(),
    parse: parseInstant,
  };
  return {
    ...({ socket: connectWithoutDelay } as object),
    types: { json, bigint, date },
    onnotice: () => {},
    connection: {
      application_name: 'c360',
      TimeZone: 'UTC',
      statement_timeout: statementTimeoutMs,
      // Rules over 100,000 people took up to 1.94 times a hand-written statement with compilation, 1.69 without.
      jit: 'off',
    },
  };
}

/**
 * Of the pool's connections those that requests share. Two answer as fast as one process can ask, and more requests'
 * statements share a packet: Postgres took 0.87 to 0.95 of its time, and Node 0.98, with two instead of four.
 */
const MOST_LANES = 2;

/**
 * A page of keys is read along indexes, whatever the server guesses of how many there are. Left to itself it plans
 * look-ups of one customer anew each time, which took longer than running them.
 */
const LOOK_UP_SETTINGS = {
  plan_cache_mode: 'force_generic_plan',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_seqscan: 'off',
  // Those of one turn are one transaction: what one wrote would be undone by an error of the next.
  default_transaction_read_only: 'on',
};

/**
 * Texts that a lane keeps prepared. Pages select the columns that a query asks for, and a client could ask for every
 * selection there is; what comes beyond is parsed each time.
 */
const MOST_PREPARED = 500;

/** For what is under way when the database is closed. */
const CLOSE_WITHIN_MS = 5_000;

/** As postgres.js read the URL and the database has its array types, once the pool is connected. */
function lookUpSettings(pool: Sql): ServerSettings {
  const settings = pool.options as unknown as ServerSettings;
  return { ...settings, connection: { ...LOOK_UP_SETTINGS, ...settings.connection } };
}

interface SocketOptions {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** Of a Unix socket, else falsy. */
  readonly path: string | false | undefined;
}

/** The end of a COPY is a small packet, which the system holds back for 40 ms unless told not to (measured: 50 to 10 ms). */
function connectWithoutDelay({ host, port, path }: SocketOptions): Socket {
  const socket = new Socket().setNoDelay(true);
  // What is written before it is connected waits for it.
  return gatherWrites(path ? socket.connect(path) : socket.connect(port[0]!, host[0]!));
}

/** @throws when the server cannot be reached or refuses the login. */
export async function openPostgres(options: PostgresOptions): Promise<RootDatabase> {
  // One is left for transactions, however small the pool.
  const laneCount = Math.min(MOST_LANES, Math.max(1, options.poolSize - 1));
  const pool = postgres(options.url, {
    ...clientOptions(options.statementTimeoutMs),
    max: Math.max(1, options.poolSize - laneCount),
  });
  const laneSettings = lookUpSettings(pool);
  const laneConnections = Array.from({ length: laneCount }, () => new LookUpConnection(laneSettings));
  const lanes = new Lanes(laneConnections);
  const preparedTexts = new Set<string>();
  const isKeptPrepared = (text: string): boolean => {
    if (preparedTexts.has(text)) return true;
    if (preparedTexts.size === MOST_PREPARED) return false;
    preparedTexts.add(text);
    return true;
  };
  // LISTEN and advisory locks belong to a session, so they get one of their own, without a time-out: a lock waits.
  const session = postgres(options.url, { ...clientOptions(0), max: 1 });
  const observe = options.onStatement ?? (() => {});
  await pool`select 1`.catch(async (error: unknown) => {
    await Promise.all([pool.end({ timeout: 0 }), session.end({ timeout: 0 })]);
    throw error;
  });

  // A lock is held by a connection of its own: it ends with the process that held it, however that ends.
  async function lock<T>(statement: string, name: string, work: () => Promise<T>): Promise<T | null> {
    const connection = postgres(options.url, { ...clientOptions(0), max: 1 });
    try {
      const [row] = await connection.unsafe<{ held: boolean }[]>(statement, [name]);
      return row?.held === false ? null : await work();
    } finally {
      await connection.end();
    }
  }

  const database = bind(pool, observe, (work) => pool.begin(work) as Promise<never>);
  const forRequests: Database = {
    ...database,
    query: <Row>(text: string, parameters: readonly unknown[] = []) => {
      observe(text);
      const prepare = isKeptPrepared(text);
      return pool.unsafe(text, parameters as never[], { prepare }) as unknown as Promise<Row[]>;
    },
    lookUp: <Row>(text: string, parameters: readonly unknown[] = []) => {
      // Prepared statements are the point of a connection of its own.
      if (!pool.options.prepare) return database.query<Row>(text, parameters);
      observe(text);
      return lanes.take().lookUp(text, parameters, isKeptPrepared(text)) as Promise<Row[]>;
    },
  };
  return {
    ...database,
    forRequest: () => forRequests,
    control: database,
    async execute(script) {
      await pool.unsafe(script).simple();
    },
    async listen(channel, onMessage, onConnect) {
      const subscription = await session.listen(channel, onMessage, onConnect);
      return () => subscription.unlisten();
    },
    withLock: async (name, work) =>
      (await lock(
        'select pg_advisory_lock(hashtextextended($1, 0)) is not null as held',
        name,
        work,
      )) as never,
    tryWithLock: (name, work) =>
      lock('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', name, work),
    async close() {
      await Promise.all([
        ...[pool, session].map((client) => client.end({ timeout: CLOSE_WITHIN_MS / 1000 })),
        ...laneConnections.map((connection) => connection.close(CLOSE_WITHIN_MS)),
      ]);
    },
  };
}

type Begin = <T>(work: (transaction: TransactionSql) => Promise<T>) => Promise<T>;

function bind(sql: Sql | TransactionSql, observe: StatementObserver, begin: Begin): Database {
  const run = (text: string, parameters: readonly unknown[] = [], prepare = true) => {
    observe(text);
    return sql.unsafe(text, parameters as never[], { prepare });
  };
  const query = <Row>(text: string, parameters?: readonly unknown[]) =>
    run(text, parameters) as unknown as Promise<Row[]>;
  return {
    engine: 'postgres',
    orm: createOrm(
      (text, parameters) => run(text, parameters).values(),
      (text, parameters) => run(text, parameters),
    ),
    query,
    lookUp: query,
    queryOnce: <Row>(text: string, parameters?: readonly unknown[]) =>
      run(text, parameters, false) as unknown as Promise<Row[]>,
    async copyIn(text, chunks) {
      observe(text);
      await pipeline(chunks, await sql.unsafe(text).writable());
    },
    transaction: (work) =>
      begin((transaction) =>
        work(bind(transaction, observe, (inner) => transaction.savepoint(inner) as Promise<never>)),
      ),
  };
}
