/** A database of one connection, for one request: its statements take turns with those of other callers. */
import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy';

import type { CopyChunks, Database } from './database.ts';
import type { Work } from './pool/work.ts';
import type { Turns } from './turns.ts';

export class TurnDatabase implements Database {
  readonly engine: Database['engine'];
  readonly #database: Database;
  readonly #turns: Turns;
  readonly #work: Work;

  constructor(database: Database, turns: Turns, work: Work) {
    this.engine = database.engine;
    this.#database = database;
    this.#turns = turns;
    this.#work = work;
  }

  /** Writes and rare reads, out of turn: the database has an order of its own for them. */
  get orm(): PgRemoteDatabase {
    return this.#database.orm;
  }

  query<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#inTurn(() => this.#database.query<Row>(text, parameters));
  }

  queryBatched<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#inTurn(() => this.#database.queryBatched<Row>(text, parameters));
  }

  queryUnprepared<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#inTurn(() => this.#database.queryUnprepared<Row>(text, parameters));
  }

  copyIn(text: string, chunks: CopyChunks): Promise<void> {
    return this.#inTurn(() => this.#database.copyIn(text, chunks));
  }

  transaction<T>(work: (transaction: Database) => Promise<T>): Promise<T> {
    return this.#inTurn(() =>
      this.#database.transaction(async (transaction) => {
        const result = await work(transaction);
        // Rolled back where no caller waits for it any longer.
        this.#work.assertWanted();
        return result;
      }),
    );
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const { caller } = this.#work;
    this.#work.assertWanted();
    if (!this.#turns.take(caller)) await this.#work.waitFor(this.#turns.wait(caller));
    try {
      this.#work.assertWanted();
      return await run();
    } finally {
      this.#turns.give(caller);
    }
  }
}
