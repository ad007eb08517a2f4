/** Batched reads by key: one statement for all keys of a level, with answers in the order of the keys. */
import DataLoader from 'dataloader';

import type { Database } from './database/database.ts';
import { perRequest, perRequestWith, type RequestContext } from './request.ts';

type Read<Row> = (db: Database, keys: readonly string[]) => Promise<readonly Row[]>;
type ReadWith<Parameters, Row> = (
  db: Database,
  keys: readonly string[],
  parameters: Parameters,
) => Promise<readonly Row[]>;
type KeyOf<Row> = (row: Row) => string;

/** The row of each key, or null. */
export function loadOne<Row>(
  read: Read<Row>,
  keyOf: KeyOf<Row>,
): (context: RequestContext) => DataLoader<string, Row | null> {
  return perRequest(
    ({ db }) =>
      new DataLoader(async (keys: readonly string[]) => {
        const rows = new Map((await read(db, keys)).map((row) => [keyOf(row), row]));
        return keys.map((key) => rows.get(key) ?? null);
      }),
  );
}

/** The rows of each key, in the order they are read. */
export function loadMany<Row>(
  read: Read<Row>,
  keyOf: KeyOf<Row>,
): (context: RequestContext) => DataLoader<string, readonly Row[]> {
  return perRequest(
    ({ db }) =>
      new DataLoader(async (keys: readonly string[]) => {
        const rows = Map.groupBy(await read(db, keys), keyOf);
        return keys.map((key) => rows.get(key) ?? []);
      }),
  );
}

/** As `loadMany`, one loader for each page or other parameters that a query asks for. */
export function loadPage<Parameters, Row>(
  read: ReadWith<Parameters, Row>,
  keyOf: KeyOf<Row>,
): (context: RequestContext, parameters: Parameters) => DataLoader<string, readonly Row[]> {
  return perRequestWith(
    ({ db }: RequestContext, parameters: Parameters) =>
      new DataLoader(async (keys: readonly string[]) => {
        const rows = Map.groupBy(await read(db, keys, parameters), keyOf);
        return keys.map((key) => rows.get(key) ?? []);
      }),
  );
}

interface Counted {
  readonly count: number;
}

/** How many each key has; 0 where no row tells. */
export function loadCount<Row extends Counted>(
  read: Read<Row>,
  keyOf: KeyOf<Row>,
): (context: RequestContext) => DataLoader<string, number> {
  return perRequest(
    ({ db }) => new DataLoader((keys: readonly string[]) => count(read(db, keys), keys, keyOf)),
  );
}

/** As `loadCount`, one loader for each set of parameters. */
export function loadCountWith<Parameters, Row extends Counted>(
  read: ReadWith<Parameters, Row>,
  keyOf: KeyOf<Row>,
): (context: RequestContext, parameters: Parameters) => DataLoader<string, number> {
  return perRequestWith(
    ({ db }: RequestContext, parameters: Parameters) =>
      new DataLoader((keys: readonly string[]) => count(read(db, keys, parameters), keys, keyOf)),
  );
}

async function count<Row extends Counted>(
  reading: Promise<readonly Row[]>,
  keys: readonly string[],
  keyOf: KeyOf<Row>,
): Promise<number[]> {
  const counts = new Map((await reading).map((row) => [keyOf(row), row.count]));
  return keys.map((key) => counts.get(key) ?? 0);
}
