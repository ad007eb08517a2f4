/** The embedded database: PGlite in a folder of its own, one connection. Knows no table. */
import { PGlite, types, type PGliteInterface, type Transaction } from '@electric-sql/pglite';

import type { Database, RootDatabase, StatementObserver } from './database.ts';
import { createOrm } from './orm.ts';

export interface PgliteOptions {
  /** Folder of the data, or null to keep it in memory. */
  readonly folder: string | null;
  /** A dump of another database (`dumpDataDir`) to start from. */
  readonly load?: Blob | undefined;
  readonly onStatement?: StatementObserver | undefined;
}

const ARRAY_MODE = { rowMode: 'array' } as const;

export interface PgliteDatabase extends RootDatabase {
  readonly engine: 'pglite';
  /** The whole database as one file, to start copies from. */
  dump(): Promise<Blob>;
  readonly pglite: PGliteInterface;
}

export async function openPglite(options: PgliteOptions): Promise<PgliteDatabase> {
  const pglite = await PGlite.create({
    ...(options.folder === null ? {} : { dataDir: options.folder }),
    ...(options.load ? { loadDataDir: options.load } : {}),
    parsers: { [types.INT8]: Number },
  });
  await pglite.exec("set timezone to 'UTC'");
  const observe = options.onStatement ?? (() => {});
  const locks = new Map<string, Promise<unknown>>();

  /** One process holds the folder, so a lock among its own callers is enough. */
  async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (locks.get(name) ?? Promise.resolve()).then(work, work);
    locks.set(name, turn);
    try {
      return await turn;
    } finally {
      if (locks.get(name) === turn) locks.delete(name);
    }
  }

  const database = bindRoot(pglite, observe);
  return {
    ...database,
    // There is one connection for everybody.
    forRequest: () => database,
    control: database,
    engine: 'pglite',
    pglite,
    async execute(script) {
      await pglite.exec(script);
    },
    async listen(channel, onMessage, onConnect) {
      const stop = await pglite.listen(channel, onMessage);
      onConnect?.();
      return () => stop();
    },
    withLock,
    tryWithLock: (name, work) => (locks.has(name) ? Promise.resolve(null) : withLock(name, work)),
    dump: () => pglite.dumpDataDir('none'),
    close: () => pglite.close(),
  };
}

function bindRoot(pglite: PGlite, observe: StatementObserver): Database {
  return bind(pglite, observe, (work) => pglite.transaction(work));
}

type Begin = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>;

function bind(handle: PGlite | Transaction, observe: StatementObserver, begin: Begin): Database {
  async function query<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    observe(text);
    return (await handle.query<Row>(text, parameters as unknown[])).rows;
  }
  return {
    engine: 'pglite',
    orm: createOrm(async (text, parameters) => {
      observe(text);
      return (await handle.query<unknown[]>(text, parameters as unknown[], ARRAY_MODE)).rows;
    }, query),
    query,
    lookUp: query,
    queryOnce: query,
    async copyIn(text, chunks) {
      observe(text);
      const parts: BlobPart[] = [];
      for await (const chunk of chunks) parts.push(chunk as BlobPart);
      const target = text.replace(/\bfrom\s+stdin\b/i, "from '/dev/blob'");
      await handle.query(target, [], { blob: new Blob(parts) });
    },
    transaction: (work) =>
      begin((transaction) => work(bind(transaction, observe, (inner) => savepoint(transaction, inner)))),
  };
}

let savepointCount = 0;

async function savepoint<T>(transaction: Transaction, work: (inner: Transaction) => Promise<T>): Promise<T> {
  savepointCount += 1;
  const name = `nested_${savepointCount}`;
  await transaction.exec(`savepoint ${name}`);
  try {
    const result = await work(transaction);
    await transaction.exec(`release savepoint ${name}`);
    return result;
  } catch (error) {
    await transaction.exec(`rollback to savepoint ${name}`);
    throw error;
  }
}
