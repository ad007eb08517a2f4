/** The embedded database: PGlite in a thread of its own, one connection for all callers. Knows no table. */
import type { Database, RootDatabase, StatementObserver } from './database.ts';
import { EmbeddedClient, type RowShape } from './embedded/client.ts';
import type { ExchangeLimits, Link } from './embedded/link.ts';
import { shareLink, type Sharing, statementPrefix } from './embedded/share.ts';
import { SocketLink } from './embedded/socket-link.ts';
import { ThreadLink } from './embedded/thread-link.ts';
import { createOrm } from './orm.ts';
import { Work } from './pool/work.ts';
import { TurnDatabase } from './turn-database.ts';
import { Turns } from './turns.ts';

export interface PgliteOptions {
  /** Folder of the data, or null to keep it in memory. */
  readonly folder: string | null;
  /** A dump of another database (`dump`) to start from. */
  readonly load?: Blob | undefined;
  /** Longest statement of a request; 0 or absent: no limit. */
  readonly statementTimeoutMs?: number | undefined;
  readonly onStatement?: StatementObserver | undefined;
}

/** One statement runs, one is ready to: whatever a caller has sent, others wait for no more than these. */
const TURNS = 2;

export interface EmbeddedDatabase extends RootDatabase {
  readonly engine: 'pglite';
  /** Several statements without parameters. @returns the rows of all */
  executeRows(script: string): Promise<unknown[]>;
}

export interface PgliteDatabase extends EmbeddedDatabase {
  /** The whole database as one file, to start copies from. */
  dump(): Promise<Blob>;
  /** Lets commands of the same user work beside this process, through a socket in the folder. */
  share(folder: string): Promise<Sharing>;
}

export async function openPglite(options: PgliteOptions): Promise<PgliteDatabase> {
  const link = await ThreadLink.open(options);
  try {
    const database = await bindLink(link, 'c360_', options);
    return { ...database, dump: () => link.dump(), share: (folder) => shareLink(link, folder) };
  } catch (error) {
    await link.close();
    throw error;
  }
}

/** The database of the gateway that holds the folder; null where none listens. */
export async function openBesideGateway(folder: string): Promise<EmbeddedDatabase | null> {
  const link = await SocketLink.open(folder);
  return link === null ? null : bindLink(link, statementPrefix(link.client), {});
}

/** @param prefix of the names of prepared statements, which no other process has */
async function bindLink(
  link: Link,
  prefix: string,
  { onStatement, statementTimeoutMs }: Omit<PgliteOptions, 'folder' | 'load'>,
): Promise<EmbeddedDatabase> {
  const client = await EmbeddedClient.open(link, prefix);
  const executeRows = (script: string) => client.execute(0, script);
  await executeRows("set timezone to 'UTC'");
  const session: Session = { link, client, observe: onStatement ?? (() => {}) };
  const database = bind(session, 0);
  const turns = new Turns(TURNS, TURNS);
  return {
    ...database,
    engine: 'pglite',
    // There is one connection for all callers.
    forRequest: (owner) => {
      const limits = { signal: owner.signal, timeoutMs: statementTimeoutMs };
      return new TurnDatabase(bind(session, 0, limits), turns, new Work(owner));
    },
    control: database,
    executeRows,
    async execute(script) {
      await executeRows(script);
    },
    async listen(channel, onMessage, onConnect) {
      const stop = await link.listen(channel, onMessage);
      onConnect?.();
      return stop;
    },
    withLock: (name, work) => link.withLock(name, work),
    tryWithLock: (name, work) => link.tryWithLock(name, work),
    close: () => link.close(),
  };
}

interface Session {
  readonly link: Link;
  readonly client: EmbeddedClient;
  readonly observe: StatementObserver;
}

/** @param section of the transaction that the handle belongs to; 0: none */
function bind(session: Session, section: number, limits?: ExchangeLimits): Database {
  const { client, observe } = session;
  const call = (text: string, values: readonly unknown[] = [], cacheStatement: boolean, shape: RowShape) => {
    observe(text);
    return client.call({ section, text, values, cacheStatement, shape, limits });
  };
  const query = <Row>(text: string, values?: readonly unknown[]) =>
    call(text, values, true, 'objects') as Promise<Row[]>;
  return {
    engine: 'pglite',
    orm: createOrm((text, values) => call(text, values, true, 'lists') as Promise<unknown[][]>, query),
    query,
    queryBatched: query,
    queryUnprepared: <Row>(text: string, values?: readonly unknown[]) =>
      call(text, values, false, 'objects') as Promise<Row[]>,
    copyIn(text, chunks) {
      observe(text);
      return client.copyIn(section, text, chunks);
    },
    transaction: (work) =>
      section === 0 ? transaction(session, limits, work) : savepoint(session, section, limits, work),
  };
}

async function transaction<T>(
  session: Session,
  limits: ExchangeLimits | undefined,
  work: (transaction: Database) => Promise<T>,
): Promise<T> {
  const { client, link } = session;
  const section = link.newSection();
  await client.command(section, 'begin');
  let result: T;
  try {
    result = await work(bind(session, section, limits));
  } catch (error) {
    await client.command(section, 'rollback');
    throw error;
  }
  const tag = await client.command(section, 'commit');
  if (tag !== 'COMMIT') throw new Error('The transaction was rolled back, because a statement in it failed.');
  return result;
}

let savepointCount = 0;

async function savepoint<T>(
  session: Session,
  section: number,
  limits: ExchangeLimits | undefined,
  work: (inner: Database) => Promise<T>,
): Promise<T> {
  savepointCount += 1;
  const name = `nested_${savepointCount}`;
  const run = (command: string) => session.client.command(section, `${command} ${name}`);
  await run('savepoint');
  try {
    const result = await work(bind(session, section, limits));
    await run('release savepoint');
    return result;
  } catch (error) {
    await run('rollback to savepoint');
    throw error;
  }
}
