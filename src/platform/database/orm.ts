/** Binds drizzle to any way of running a statement. Opens no connection. */
import { drizzle, type PgRemoteDatabase } from 'drizzle-orm/pg-proxy';

export type RunArrays = (text: string, parameters: readonly unknown[]) => Promise<unknown[][]>;
export type RunObjects = (text: string, parameters: readonly unknown[]) => Promise<unknown[]>;

/**
 * Drizzle's proxy driver lets raw statements and drizzle share one pool and one transaction: its postgres.js driver
 * would replace the date parsers of the client it is given.
 */
export function createOrm(runArrays: RunArrays, runObjects: RunObjects): PgRemoteDatabase {
  return drizzle(async (text, parameters: unknown[], method) => {
    const named = nameOf(text) + text;
    return {
      rows: method === 'all' ? await runArrays(named, parameters) : await runObjects(named, parameters),
    };
  });
}

const VERBS: Readonly<Record<string, string>> = {
  'insert into': 'insert',
  update: 'update',
  'delete from': 'delete',
};

/** What pg_stat_statements shows of a built statement, such as `/* campaigns.insert *\/`. */
function nameOf(text: string): string {
  const [, verb, table] = /^(insert into|update|delete from) "(\w+)"/.exec(text) ?? [];
  return verb === undefined ? '' : `/* ${table}.${VERBS[verb]} */ `;
}
