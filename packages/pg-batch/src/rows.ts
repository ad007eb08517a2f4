/** Rows of a statement as objects, by a function made for its columns. Knows no statement. */
import { compileFunction } from 'node:vm';

import { type Decode, decoders, decodeText, latin, readArrayOf } from './values.ts';
import type { ValueSettings } from './settings.ts';

export interface Column {
  readonly name: string;
  /** Oid of its type. */
  readonly type: number;
}

/** @param start of the first value's length, behind the number of columns */
export type RowReader = (bytes: Buffer, start: number) => unknown;

export const BINARY = 1;
const TEXT = 0;

/** Arrays whose elements are asked for in binary, by the type of the array: the type of their elements. */
const ARRAYS: Readonly<Record<number, number>> = {
  1000: 16,
  1005: 21,
  1007: 23,
  1009: 25,
  1015: 1043,
  1016: 20,
  1022: 701,
  1185: 1184,
  2951: 2950,
};

/** Binary where we read it in less time than text; text for the rest, as postgres.js reads it. */
export function formatOf(type: number, settings: ValueSettings): typeof BINARY | typeof TEXT {
  return findBinary(type, settings) === undefined ? TEXT : BINARY;
}

function findBinary(type: number, { parsers }: ValueSettings): Decode | undefined {
  const element = ARRAYS[type];
  if (element === undefined) return decoders[type];
  // Without the types of the database (`fetch_types=false`) arrays are given as their text.
  return parsers[type]?.array === true ? readArrayOf(decoders[element] ?? decodeText) : undefined;
}

function findDecoder(type: number, settings: ValueSettings): Decode {
  const binary = findBinary(type, settings);
  if (binary !== undefined) return binary;
  const parse = settings.parsers[type];
  if (parse === undefined) return type === NUMERIC ? latin : decodeText;
  const skipped = parse.array === true ? 1 : 0;
  return (bytes, start, end) => parse(bytes.toString('utf8', start + skipped, end));
}

const NUMERIC = 1700;

/** Statements with the same columns share one function, so that the runtime optimises it once. */
const MOST_READERS = 1_000;
const readers = new WeakMap<object, Map<string, RowReader>>();

export function readRowWith(columns: readonly Column[], settings: ValueSettings): RowReader {
  const known = readers.get(settings) ?? new Map<string, RowReader>();
  readers.set(settings, known);
  const key = JSON.stringify(columns);
  const reader = known.get(key) ?? compileReader(columns, settings);
  if (known.size === MOST_READERS) known.clear();
  known.set(key, reader);
  return reader;
}

/** As `readRowWith`, values in the order of their columns. */
export function readArrayWith(columns: readonly Column[], settings: ValueSettings): RowReader {
  const decode = columns.map(({ type }) => findDecoder(type, settings));
  return (bytes, start) => {
    let at = start;
    return decode.map((read) => {
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length < 0) return null;
      at += length;
      return read(bytes, at - length, at);
    });
  };
}

/** Of an object written out in code the runtime knows the shape and size before it makes one. */
function compileReader(columns: readonly Column[], settings: ValueSettings): RowReader {
  const reads = columns.map(
    (_, index) => `
    length = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    at += 4;
    let value${index} = null;
    if (length >= 0) value${index} = decode${index}(bytes, at, at += length);`,
  );
  const fields = columns.map(({ name }, index) => `[${JSON.stringify(name)}]: value${index}`);
  const code = `return function readRow(bytes, at) {
    let length = 0;${reads.join('')}
    return { ${fields.join(', ')} };
  };`;
  const makeReader = compileFunction(
    code,
    columns.map((_, index) => `decode${index}`),
  ) as unknown as (...decode: readonly Decode[]) => RowReader;
  return makeReader(...columns.map(({ type }) => findDecoder(type, settings)));
}
