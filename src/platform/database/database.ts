/** One face for every database we run on. Knows no table and no feature. */
import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy';

export type Engine = 'pglite' | 'postgres';

/**
 * A handle on the database: the pool itself, or one open transaction.
 *
 * Values come back alike on every engine: timestamptz as Date, bigint as number, numeric as string, json parsed,
 * bytea as Uint8Array. Parameters: Date or ISO text for timestamptz, JSON text for json, arrays for `any($1)`.
 */
export interface Database {
  readonly engine: Engine;
  /** Typed writes and rare reads. Shares this handle's transaction. */
  readonly orm: PgRemoteDatabase;
  /**
   * Runs one prepared statement, its name in a leading comment: `/* customers.byId *\/ select …`.
   * The text must be a constant (or one of few), since each distinct text is prepared and cached per connection.
   */
  query<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /**
   * As `query`, for rows that belong to a page of keys: the same plan is good whatever the keys, so a server plans
   * the text once. Not for texts with optional conditions or a page of one long list, which need a plan each, and not
   * for one that writes.
   */
  queryBatched<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** As `query`, for a text that a caller's rule makes its own: parsed each time, kept nowhere. */
  queryUnprepared<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Commits when `work` resolves, rolls back when it throws. Inside a transaction it is a savepoint. */
  transaction<T>(work: (transaction: Database) => Promise<T>): Promise<T>;
  /** Streams rows in a COPY format, text or binary, into `copy … from stdin`: about twice as fast as an insert. */
  copyIn(text: string, chunks: CopyChunks): Promise<void>;
}

export type CopyChunks = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** On whose behalf statements run, and until when. */
export interface StatementOwner {
  /** Identifies the caller: callers that wait for a connection take turns. */
  readonly caller: string;
  /** Aborted when no caller waits for the answer any longer. */
  readonly signal: AbortSignal;
}

/** The database of a process, which it opened and will close. */
export interface RootDatabase extends Database {
  /** The same database for one request: its statements end with the signal of their owner. */
  forRequest(owner: StatementOwner): Database;
  /** Answers while requests keep every other connection busy: for authentication and readiness. */
  readonly control: Pick<Database, 'query' | 'orm'>;
  /** Several statements without parameters, as in a migration. */
  execute(script: string): Promise<void>;
  /** Calls `onMessage` for each NOTIFY on the channel, on the dedicated connection, and `onConnect` whenever it (re)connects. */
  listen(
    channel: string,
    onMessage: (payload: string) => void,
    onConnect?: () => void,
  ): Promise<() => Promise<void>>;
  /** Runs `work` while holding a lock that no other process or caller holds; waits for it. */
  withLock<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** As `withLock`, but answers null at once where another session holds it. */
  tryWithLock<T>(name: string, work: () => Promise<T>): Promise<T | null>;
  close(): Promise<void>;
}

/** Called with the text of each statement sent; tests count with it, telemetry times with it. */
export type StatementObserver = (text: string) => void;
