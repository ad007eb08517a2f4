/** Statements of one transaction, on one connection. Once it is lost, or no caller waits any longer, it is rolled back. */
import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy';

import { isUnavailable, UncertainCommitError } from '../availability.ts';
import type { CopyChunks, Database } from '../database.ts';
import { createOrm } from '../orm.ts';
import type { PoolConnection } from './connection.ts';
import type { PoolAccess } from './pool-database.ts';
import type { StatementOptions } from './statement-run.ts';
import type { Work } from './work.ts';

/** In a transaction that failed, whatever comes before its end. */
const IN_FAILED_TRANSACTION = '25P02';

export async function runTransaction<T>(
  access: PoolAccess,
  work: Work,
  body: (transaction: Database) => Promise<T>,
): Promise<T> {
  const connection = await access.pool.acquire(work);
  const transaction = new Transaction(access, work, connection);
  try {
    return await transaction.runAll(body);
  } finally {
    transaction.isOver = true;
    access.pool.release(work, connection);
  }
}

class Transaction implements Database {
  readonly engine = 'postgres';
  isOver = false;
  readonly #access: PoolAccess;
  readonly #work: Work;
  readonly #connection: PoolConnection;
  #orm: PgRemoteDatabase | null = null;
  /** Of a statement whose caller may have passed it over. */
  #failure: Error | null = null;
  #savepoints = 0;

  constructor(access: PoolAccess, work: Work, connection: PoolConnection) {
    this.#access = access;
    this.#work = work;
    this.#connection = connection;
  }

  get orm(): PgRemoteDatabase {
    return (this.#orm ??= createOrm(
      (text, parameters) => this.#run(text, parameters, true, true) as Promise<unknown[][]>,
      (text, parameters) => this.#run(text, parameters, true),
    ));
  }

  query<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.#run(text, parameters, true) as Promise<Row[]>;
  }

  queryBatched<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.query(text, parameters);
  }

  queryUnprepared<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.#run(text, parameters, false) as Promise<Row[]>;
  }

  async copyIn(text: string, chunks: CopyChunks): Promise<void> {
    this.#access.observe(text);
    await this.#send(text, [], { cacheStatement: false, chunks });
  }

  /** A savepoint. */
  async transaction<T>(body: (transaction: Database) => Promise<T>): Promise<T> {
    this.#savepoints += 1;
    const name = `nested_${this.#savepoints}`;
    await this.#command(`savepoint ${name}`);
    try {
      const result = await body(this);
      if (this.#connection.hasFailed) throw this.#failure!;
      await this.#command(`release savepoint ${name}`);
      return result;
    } catch (error) {
      const cause = this.#causeOf(error);
      await this.#command(`rollback to savepoint ${name}`);
      this.#failure = null;
      throw cause;
    }
  }

  async runAll<T>(body: (transaction: Database) => Promise<T>): Promise<T> {
    await this.#command('begin');
    let result: T;
    try {
      result = await body(this);
      if (this.#connection.hasFailed) throw this.#failure!;
      this.#work.assertWanted();
    } catch (error) {
      // A connection that does not roll back is closed, which does.
      await this.#connection.run('rollback', [], { cacheStatement: this.#access.prepares }).catch(() => {});
      throw this.#causeOf(error);
    }
    await this.#commit();
    return result;
  }

  async #commit(): Promise<void> {
    try {
      await this.#connection.run('commit', [], { cacheStatement: this.#access.prepares, isCommit: true });
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      throw new UncertainCommitError('The connection was lost while a change was being confirmed.', {
        cause: error,
      });
    }
  }

  #causeOf(error: unknown): unknown {
    const { code } = error as { code?: string };
    return code === IN_FAILED_TRANSACTION ? (this.#failure ?? error) : error;
  }

  async #command(text: string): Promise<void> {
    await this.#send(text, [], { cacheStatement: this.#access.prepares });
  }

  #run(
    text: string,
    parameters: readonly unknown[],
    cacheStatement: boolean,
    asArrays: boolean = false,
  ): Promise<unknown[]> {
    this.#access.observe(text);
    return this.#send(text, parameters, {
      cacheStatement: cacheStatement && this.#access.prepares,
      asArrays,
    });
  }

  async #send(text: string, parameters: readonly unknown[], options: StatementOptions): Promise<unknown[]> {
    if (this.isOver) throw new Error('A statement came after the end of its transaction.');
    this.#work.assertWanted();
    try {
      return await this.#connection.run(text, parameters, options);
    } catch (error) {
      this.#failure ??= error as Error;
      throw error;
    }
  }
}
