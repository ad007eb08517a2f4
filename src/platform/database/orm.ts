/** Binds drizzle to any way of running a statement. Opens no connection. */
import { drizzle, type PgRemoteDatabase, type RemoteCallback } from 'drizzle-orm/pg-proxy';

import type { Database } from './database.ts';

export type RunArrays = (text: string, parameters: readonly unknown[]) => Promise<unknown[][]>;
export type RunObjects = (text: string, parameters: readonly unknown[]) => Promise<unknown[]>;

/**
 * Drizzle's proxy driver lets raw statements and drizzle share one pool and one transaction: its postgres.js driver
 * would replace the date parsers of the client it is given.
 */
export function createOrm(runArrays: RunArrays, runObjects: RunObjects): PgRemoteDatabase {
  const run: RemoteCallback = async (text, parameters: unknown[], method) => {
    const named = nameOf(text) + text;
    return {
      rows: method === 'all' ? await runArrays(named, parameters) : await runObjects(named, parameters),
    };
  };
  const orm = drizzle(run);
  callbacks.set(orm, run);
  return orm;
}

const callbacks = new WeakMap<PgRemoteDatabase, RemoteCallback>();

const builder = drizzle(() => Promise.reject(new Error('Statements that are prepared run on a handle')));

interface Prepared<Result> {
  execute(values?: Record<string, unknown>): Promise<Result>;
}

/**
 * Builds a statement once, when its module is loaded, and runs it on any handle: building takes longer than running the
 * built one. Drizzle binds what it prepares to one session, so each run has the session of its handle in that place.
 * @param name in the leading comment of the text: `keys.byHash`
 * @param build the statement, with `sql.placeholder` for what differs between runs
 */
export function prepareStatement<Result>(
  name: string,
  build: (orm: PgRemoteDatabase) => { prepare(name: string): Prepared<Result> },
): (db: Pick<Database, 'orm'>, values: Readonly<Record<string, unknown>>) => Promise<Result> {
  const prepared = build(builder).prepare(name) as Prepared<Result> & { readonly queryString: string };
  const queryString = { value: `/* ${name} */ ${prepared.queryString}` };
  return ({ orm }, values) => {
    const bound = Object.create(prepared, {
      client: { value: callbacks.get(orm) },
      queryString,
    }) as Prepared<Result>;
    return bound.execute(values);
  };
}

const VERBS: Readonly<Record<string, string>> = {
  'insert into': 'insert',
  update: 'update',
  'delete from': 'delete',
};

/** The text of a built statement in pg_stat_statements, such as `/* campaigns.insert *\/`. */
function nameOf(text: string): string {
  const [, verb, table] = /^(insert into|update|delete from) "(\w+)"/.exec(text) ?? [];
  return verb === undefined ? '' : `/* ${table}.${VERBS[verb]} */ `;
}
