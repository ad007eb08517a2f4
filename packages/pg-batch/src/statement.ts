/** One text as a connection has prepared it: what it takes, what it gives, and the parts of its messages that stay. */
import type { BatchedQuery } from './batched-query.ts';
import { BINARY, type Column, formatOf, readArrayWith, readRowWith, type RowReader } from './rows.ts';
import type { ValueSettings } from './settings.ts';

export class Statement {
  /** Types that the values of the first caller had by themselves; 0: the server infers it. */
  readonly declaredTypes: readonly number[];
  readonly text: string;
  readonly name: string;
  /** Kept for the next caller, or closed once it has run. */
  readonly cacheStatement: boolean;
  /** Queries that came before it was prepared. */
  waiting: BatchedQuery[] = [];
  isPrepared = false;
  error: Error | null = null;
  parameterTypes: readonly number[] = [];
  /** Of a Bind message what comes before the values: no portal, and the name. */
  readonly bindHead: Buffer;
  /** And behind them: the formats of the columns. */
  bindFormats: Buffer = int16s([0]);
  readRow: RowReader = readNothing;
  #columns: readonly Column[] = [];
  #readArray: RowReader | null = null;

  constructor(text: string, declaredTypes: readonly number[], name: string, cacheStatement: boolean) {
    this.text = text;
    this.declaredTypes = declaredTypes;
    this.name = name;
    this.cacheStatement = cacheStatement;
    this.bindHead = Buffer.from(`\0${name}\0`);
  }

  describeParameters(bytes: Buffer, start: number): void {
    const count = bytes.readUInt16BE(start);
    this.parameterTypes = Array.from({ length: count }, (_, index) =>
      bytes.readUInt32BE(start + 2 + 4 * index),
    );
  }

  describeRows(columns: readonly Column[], settings: ValueSettings): void {
    const formats = columns.map(({ type }) => (formatOf(type, settings) === BINARY ? 1 : 0));
    this.bindFormats = int16s([formats.length, ...formats]);
    this.readRow = readRowWith(columns, settings);
    this.#columns = columns;
    this.isPrepared = true;
  }

  /** Reads rows as lists of values, which two columns of one name do not spoil. */
  arrayReader(settings: ValueSettings): RowReader {
    return (this.#readArray ??= readArrayWith(this.#columns, settings));
  }
}

/** @param start behind the length of a RowDescription message */
export function readColumns(bytes: Buffer, start: number): Column[] {
  let at = start + 2;
  return Array.from({ length: bytes.readUInt16BE(start) }, () => {
    const stop = bytes.indexOf(0, at);
    const name = bytes.toString('utf8', at, stop);
    // Behind the name: table, number in it, type, size, modifier and format, 18 bytes together.
    const type = bytes.readUInt32BE(stop + 7);
    at = stop + 19;
    return { name, type };
  });
}

function int16s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeInt16BE(value, index * 2);
  return bytes;
}

function readNothing(): never {
  throw new Error('A row of a statement that was not described.');
}
