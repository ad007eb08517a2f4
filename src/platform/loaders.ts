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
type ValueOf<Read, Value> = (read: Read, context: RequestContext, key: string) => Value;

/** Default of `valueOf`; `Value` is then the type of the rows. */
const asRead = (read: unknown): never => read as never;

/**
 * The row of each key, or null.
 * @param valueOf derives another answer from the row
 */
export function loadOne<Row, Value = Row | null>(
  read: Read<Row>,
  keyOf: KeyOf<Row>,
  valueOf: ValueOf<Row | null, Value> = asRead,
): (context: RequestContext) => DataLoader<string, Value> {
  return perRequest(
    (context) =>
      new DataLoader((keys: readonly string[]) => one(read(context.db, keys), keys, keyOf, valueOf, context)),
  );
}

/** As `loadOne`, one loader for each set of parameters. */
export function loadOneWith<Parameters, Row, Value = Row | null>(
  read: ReadWith<Parameters, Row>,
  keyOf: KeyOf<Row>,
  valueOf: ValueOf<Row | null, Value> = asRead,
): (context: RequestContext, parameters: Parameters) => DataLoader<string, Value> {
  return perRequestWith(
    (context: RequestContext, parameters: Parameters) =>
      new DataLoader((keys: readonly string[]) =>
        one(read(context.db, keys, parameters), keys, keyOf, valueOf, context),
      ),
  );
}

/**
 * The rows of each key, in the order of the read.
 * @param valueOf derives another answer from the rows, which are empty for a key without any
 */
export function loadMany<Row, Value = readonly Row[]>(
  read: Read<Row>,
  keyOf: KeyOf<Row>,
  valueOf: ValueOf<readonly Row[], Value> = asRead,
): (context: RequestContext) => DataLoader<string, Value> {
  return perRequest(
    (context) =>
      new DataLoader((keys: readonly string[]) =>
        many(read(context.db, keys), keys, keyOf, valueOf, context),
      ),
  );
}

/** As `loadMany`, one loader for each page or other parameters of a query. */
export function loadPage<Parameters, Row>(
  read: ReadWith<Parameters, Row>,
  keyOf: KeyOf<Row>,
): (context: RequestContext, parameters: Parameters) => DataLoader<string, readonly Row[]> {
  return perRequestWith(
    (context: RequestContext, parameters: Parameters) =>
      new DataLoader((keys: readonly string[]) =>
        many<Row, readonly Row[]>(read(context.db, keys, parameters), keys, keyOf, asRead, context),
      ),
  );
}

async function one<Row, Value>(
  reading: Promise<readonly Row[]>,
  keys: readonly string[],
  keyOf: KeyOf<Row>,
  valueOf: ValueOf<Row | null, Value>,
  context: RequestContext,
): Promise<Value[]> {
  const rows = new Map((await reading).map((row) => [keyOf(row), row]));
  return keys.map((key) => valueOf(rows.get(key) ?? null, context, key));
}

async function many<Row, Value>(
  reading: Promise<readonly Row[]>,
  keys: readonly string[],
  keyOf: KeyOf<Row>,
  valueOf: ValueOf<readonly Row[], Value>,
  context: RequestContext,
): Promise<Value[]> {
  const rows = Map.groupBy(await reading, keyOf);
  return keys.map((key) => valueOf(rows.get(key) ?? [], context, key));
}

interface Counted {
  readonly count: number;
}

/** The count of each key; 0 for a key without a row. */
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
