/** The pool as a database: each statement takes a connection for itself, a transaction one for all of its own. */
import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy';

import type { CopyChunks, Database, StatementObserver } from '../database.ts';
import type { PipelineConnections } from '#pg-batch/pipeline-connections.ts';
import type { ReconnectingConnection } from '#pg-batch/reconnecting-connection.ts';
import { createOrm } from '../orm.ts';
import type { Pool } from './pool.ts';
import { runTransaction } from './transaction.ts';
import type { Work } from './work.ts';

export interface PoolAccess {
  readonly pool: Pool;
  readonly observe: StatementObserver;
  /** False where statements have no name, as behind a pooler that changes sessions. */
  readonly prepares: boolean;
}

export class PoolDatabase<Access extends PoolAccess = PoolAccess> implements Database {
  readonly engine = 'postgres';
  protected readonly access: Access;
  protected readonly work: Work;
  #orm: PgRemoteDatabase | null = null;

  constructor(access: Access, work: Work) {
    this.access = access;
    this.work = work;
  }

  get orm(): PgRemoteDatabase {
    return (this.#orm ??= createOrm(
      (text, parameters) => this.run(text, parameters, this.access.prepares, true) as Promise<unknown[][]>,
      (text, parameters) => this.run(text, parameters, this.access.prepares),
    ));
  }

  query<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.run(text, parameters, this.access.prepares) as Promise<Row[]>;
  }

  queryBatched<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.query(text, parameters);
  }

  queryUnprepared<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.run(text, parameters, false) as Promise<Row[]>;
  }

  async copyIn(text: string, chunks: CopyChunks): Promise<void> {
    this.access.observe(text);
    await this.access.pool.run(this.work, text, [], { cacheStatement: false, chunks });
  }

  transaction<T>(work: (transaction: Database) => Promise<T>): Promise<T> {
    return runTransaction(this.access, this.work, work);
  }

  protected run(
    text: string,
    parameters: readonly unknown[],
    cacheStatement: boolean,
    asArrays: boolean = false,
  ): Promise<unknown[]> {
    this.access.observe(text);
    return this.access.pool.run(this.work, text, parameters, { cacheStatement, asArrays });
  }
}

export interface RequestAccess extends PoolAccess {
  readonly pipelineConnections: PipelineConnections<ReconnectingConnection>;
  /** Whether the text is one of those that connections keep prepared. */
  readonly shouldCacheStatement: (text: string) => boolean;
}

/** For one request: batched queries go over connections that requests share, and its statements end with it. */
export class RequestDatabase extends PoolDatabase<RequestAccess> {
  override query<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const { prepares, shouldCacheStatement } = this.access;
    return this.run(text, parameters, prepares && shouldCacheStatement(text)) as Promise<Row[]>;
  }

  override queryBatched<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const { prepares, shouldCacheStatement, pipelineConnections, observe } = this.access;
    // Prepared statements are the point of a connection of its own.
    if (!prepares) return this.query(text, parameters);
    if (this.work.isOver) return Promise.reject(this.work.reason);
    observe(text);
    const connection = pipelineConnections.take();
    return connection.queryBatched(text, parameters, shouldCacheStatement(text)) as Promise<Row[]>;
  }
}
