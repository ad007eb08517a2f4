/** Reads any csv of user, item, rating and time. Uses the header where there is one. */

import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { createIndexer, type EventTable } from './events.ts';

/** The file cannot be evaluated; the message contains the expectation. */
export class UnfitDataError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnfitDataError';
  }
}

const COLUMN_NAMES = {
  user: [
    'user',
    'userid',
    'customer',
    'customerid',
    'visitor',
    'visitorid',
    'household',
    'householdid',
    'session',
    'sessionid',
  ],
  item: [
    'item',
    'itemid',
    'product',
    'productid',
    'sku',
    'stockcode',
    'movie',
    'movieid',
    'article',
    'articleid',
  ],
  rating: ['rating', 'score', 'stars'],
  time: ['time', 'timestamp', 'date', 'datetime', 'day', 'invoicedate', 'occurredat', 'transactiontimestamp'],
} as const;

type Columns = {
  readonly user: number;
  readonly item: number;
  readonly rating: number;
  readonly time: number;
};

/** Appends files to one table, so that users and items of a test file have the same indexes as in the training file. */
export type InteractionsReader = {
  readonly read: (path: string) => Promise<EventTable>;
};

export function createInteractionsReader(): InteractionsReader {
  const users = createIndexer();
  const items = createIndexer();

  async function read(path: string): Promise<EventTable> {
    const userIndices: number[] = [];
    const itemIndices: number[] = [];
    const times: number[] = [];
    const ratings: number[] = [];
    let columns: Columns | null = null;
    let line = 0;
    for await (const cells of openRows(path)) {
      line += 1;
      if (!columns) {
        const header = readHeader(cells);
        columns = header ?? guessColumns(cells);
        if (header) continue;
      }
      const [user, item] = [cells[columns.user]?.trim(), cells[columns.item]?.trim()];
      if (!user || !item)
        throw new UnfitDataError(`line ${line}: expected a user and an item, got ${cells.join(',')}`);
      userIndices.push(users.indexOf(user));
      itemIndices.push(items.indexOf(item));
      times.push(columns.time < 0 ? Number.NaN : readTime(cells[columns.time] ?? '', line));
      if (columns.rating >= 0) ratings.push(readRating(cells[columns.rating] ?? '', line));
    }
    if (userIndices.length === 0)
      throw new UnfitDataError(`${path}: expected rows of user, item, [rating], [time], got none`);
    return {
      userIds: users.ids,
      itemIds: items.ids,
      userIndices: Uint32Array.from(userIndices),
      itemIndices: Uint32Array.from(itemIndices),
      times: Float64Array.from(times),
      ratings: ratings.length > 0 ? Float32Array.from(ratings) : null,
      itemTexts: null,
    };
  }
  return { read };
}

/** @throws {UnfitDataError} there are too few users or items */
export function requireRankable(table: EventTable): void {
  const userCount = new Set(table.userIndices).size;
  const itemCount = new Set(table.itemIndices).size;
  if (userCount < 2) throw new UnfitDataError(`expected at least two users, got ${userCount}`);
  if (itemCount < 2) throw new UnfitDataError(`expected at least two items, got ${itemCount}`);
}

/** Cells of each row; plain or gzipped, with any separator. */
export async function* openRows(path: string): AsyncIterable<string[]> {
  const isPacked = path.endsWith('.gz');
  const delimiter = isPacked ? [',', ';', '\t'] : findDelimiter(path);
  const source = createReadStream(path);
  const text = isPacked ? source.pipe(createGunzip()) : source;
  const options = { delimiter, bom: true, relax_column_count: true, skip_empty_lines: true };
  yield* text.pipe(parse(options)) as AsyncIterable<string[]>;
}

/** The most frequent separator of the first line. */
function findDelimiter(path: string): string {
  const start = Buffer.alloc(4096);
  const file = openSync(path, 'r');
  const length = readSync(file, start, 0, start.length, 0);
  closeSync(file);
  const [line] = start.toString('utf8', 0, length).split(/\r?\n/, 1);
  const counts = [',', ';', '\t', '|'].map((delimiter) => ({
    delimiter,
    count: line!.split(delimiter).length,
  }));
  return counts.toSorted((left, right) => right.count - left.count)[0]!.delimiter;
}

/** Null where the first row names no user and no item: it is data then. */
function readHeader(cells: readonly string[]): Columns | null {
  const names = cells.map((cell) => cell.toLowerCase().replaceAll(/[^a-z]/g, ''));
  const find = (column: keyof typeof COLUMN_NAMES): number =>
    names.findIndex((name) => (COLUMN_NAMES[column] as readonly string[]).includes(name));
  const columns = { user: find('user'), item: find('item'), rating: find('rating'), time: find('time') };
  return columns.user >= 0 && columns.item >= 0 ? columns : null;
}

/** user, item, then a rating and a time; a single third column is a time if it looks like one. */
function guessColumns(cells: readonly string[]): Columns {
  const third = cells[2] ?? '';
  const looksLikeTime = Number.isNaN(Number(third)) || Math.abs(Number(third)) > 100_000_000;
  if (cells.length >= 4) return { user: 0, item: 1, rating: 2, time: 3 };
  if (cells.length === 3)
    return { user: 0, item: 1, rating: looksLikeTime ? -1 : 2, time: looksLikeTime ? 2 : -1 };
  return { user: 0, item: 1, rating: -1, time: -1 };
}

/** Seconds or milliseconds since 1970, or a date. */
function readTime(cell: string, line: number): number {
  const number = Number(cell);
  const time = cell.trim() === '' ? Number.NaN : Number.isNaN(number) ? Date.parse(cell) : scaleTime(number);
  if (Number.isNaN(time)) throw new UnfitDataError(`line ${line}: expected a time, got "${cell}"`);
  return time;
}

function scaleTime(number: number): number {
  // Twenty million as yyyymmdd; seconds until the year 5138; milliseconds above.
  if (Number.isInteger(number) && number > 19_000_000 && number < 21_000_000) {
    return Date.UTC(Math.floor(number / 10_000), (Math.floor(number / 100) % 100) - 1, number % 100);
  }
  return Math.abs(number) < 100_000_000_000 ? number * 1000 : number;
}

function readRating(cell: string, line: number): number {
  const rating = Number(cell);
  if (cell.trim() === '' || !Number.isFinite(rating)) {
    throw new UnfitDataError(`line ${line}: expected a rating, got "${cell}"`);
  }
  return rating;
}
