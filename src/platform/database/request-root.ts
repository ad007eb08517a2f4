/** The database of the process as one request has it: what it runs is its own, the rest is shared. */
import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy';

import type { CopyChunks, Database, RootDatabase, StatementOwner } from './database.ts';

export class RequestRoot implements RootDatabase {
  readonly engine: Database['engine'];
  readonly #root: RootDatabase;
  readonly #own: Database;

  constructor(root: RootDatabase, own: Database) {
    this.engine = root.engine;
    this.#root = root;
    this.#own = own;
  }

  get orm(): PgRemoteDatabase {
    return this.#own.orm;
  }

  get control(): RootDatabase['control'] {
    return this.#root.control;
  }

  query<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#own.query<Row>(text, parameters);
  }

  queryBatched<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#own.queryBatched<Row>(text, parameters);
  }

  queryUnprepared<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#own.queryUnprepared<Row>(text, parameters);
  }

  copyIn(text: string, chunks: CopyChunks): Promise<void> {
    return this.#own.copyIn(text, chunks);
  }

  transaction<T>(work: (transaction: Database) => Promise<T>): Promise<T> {
    return this.#own.transaction(work);
  }

  forRequest(owner: StatementOwner): Database {
    return this.#root.forRequest(owner);
  }

  execute(script: string): Promise<void> {
    return this.#root.execute(script);
  }

  listen(
    channel: string,
    onMessage: (payload: string) => void,
    onConnect?: () => void,
  ): Promise<() => Promise<void>> {
    return this.#root.listen(channel, onMessage, onConnect);
  }

  withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#root.withLock(name, work);
  }

  tryWithLock<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    return this.#root.tryWithLock(name, work);
  }

  close(): Promise<void> {
    return this.#root.close();
  }
}
