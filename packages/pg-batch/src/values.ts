/** Values as the server sends them in binary. Each reads as the text of the same value does through postgres.js. */
import { formatUuid } from './uuid.ts';

/** @param end of the value, whose length went before it */
export type Decode = (bytes: Buffer, start: number, end: number) => unknown;

/** Input of the decoders of the runtime, without the checks of `toString`. */
interface Slicing {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

export const latin: Decode = (bytes, start, end) => (bytes as unknown as Slicing).latin1Slice(start, end);
export const decodeText: Decode = (bytes, start, end) => (bytes as unknown as Slicing).utf8Slice(start, end);

function int32(bytes: Buffer, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

const WORD = 4_294_967_296;

function int64(bytes: Buffer, at: number): number {
  return int32(bytes, at) * WORD + (int32(bytes, at + 4) >>> 0);
}

/** Ids of late, by a hash of their bytes: the same few customers, segments and products come again and again. */
const KNOWN_IDS = 1_024;
const knownWords = new Int32Array(KNOWN_IDS * 4);
const knownIds: string[] = Array.from({ length: KNOWN_IDS }, () => '');

function decodeId(bytes: Buffer, start: number): string {
  const a = int32(bytes, start);
  const b = int32(bytes, start + 4);
  const c = int32(bytes, start + 8);
  const d = int32(bytes, start + 12);
  const hash = Math.imul(
    a ^ Math.imul(b ^ Math.imul(c ^ Math.imul(d, 0x9e3779b1), 0x85ebca6b), 0xc2b2ae35),
    0x27d4eb2f,
  );
  const index = hash >>> 22;
  const words = index * 4;
  if (
    knownWords[words + 3] === d &&
    knownWords[words + 2] === c &&
    knownWords[words + 1] === b &&
    knownWords[words] === a &&
    knownIds[index] !== ''
  ) {
    return knownIds[index]!;
  }
  const id = formatUuid(bytes, start);
  knownWords[words] = a;
  knownWords[words + 1] = b;
  knownWords[words + 2] = c;
  knownWords[words + 3] = d;
  knownIds[index] = id;
  return id;
}

/** Postgres counts from 2000-01-01. */
const EPOCH_MS = 946_684_800_000;
/** From 1000-01-01 to 9999-12-31, in microseconds of Postgres: beyond, JavaScript reads the text in its own way. */
const FIRST_PLAIN = -31_556_908_800_000_000;
const LAST_PLAIN = 252_455_616_000_000_000;

/** Cut to milliseconds. */
function decodeInstant(bytes: Buffer, start: number): Date {
  const high = int32(bytes, start);
  const low = int32(bytes, start + 4) >>> 0;
  const microseconds = high * WORD + low;
  if (microseconds < FIRST_PLAIN || microseconds >= LAST_PLAIN)
    return decodeFarInstant(bytes.readBigInt64BE(start));
  if (!Number.isSafeInteger(microseconds)) {
    return new Date(Number((bytes.readBigInt64BE(start) - 999n * BigInt(high < 0)) / 1000n) + EPOCH_MS);
  }
  return new Date(Math.floor(microseconds / 1000) + EPOCH_MS);
}

const INFINITE = 2n ** 63n - 1n;

/** Years before 1000 and after 9999, and infinity: through the text that Postgres writes, as everywhere else. */
function decodeFarInstant(microseconds: bigint): Date {
  if (microseconds === INFINITE || microseconds === -INFINITE - 1n) return new Date(Number.NaN);
  const fraction = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const second = new Date(Number((microseconds - fraction) / 1000n) + EPOCH_MS);
  if (Number.isNaN(second.getTime())) return second;
  const year = second.getUTCFullYear();
  const monthToSecond = second.toISOString().replace('T', ' ').slice(-20, -5);
  const digits = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  const yearText = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return new Date(`${yearText}${monthToSecond}${digits}+00${year > 0 ? '' : ' BC'}`);
}

/** A copy: the buffer that it came in is read into again. */
function decodeBytes(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  bytes.copy(copy, 0, start, end);
  return copy;
}

/** By oid of the type. `real` and `numeric` have a text of their own; json is text anyway. */
export const decoders: Readonly<Record<number, Decode | undefined>> = {
  16: (bytes, start) => bytes[start] === 1,
  17: decodeBytes,
  20: int64,
  21: (bytes, start) => ((bytes[start]! << 24) >> 16) | bytes[start + 1]!,
  23: int32,
  26: (bytes, start) => int32(bytes, start) >>> 0,
  701: (bytes, start) => bytes.readDoubleBE(start),
  1184: decodeInstant,
  2950: decodeId,
};

/** Behind the number of dimensions a flag and the type of the elements, then length and lower bound of each. */
export function readArrayOf(decode: Decode): Decode {
  return (bytes, start) => {
    const dimensions = int32(bytes, start);
    if (dimensions === 0) return [];
    let at = start + 12 + 8 * dimensions;
    const read = (dimension: number): unknown[] => {
      const values: unknown[] = Array.from({ length: int32(bytes, start + 12 + 8 * dimension) });
      for (let index = 0; index < values.length; index += 1) {
        if (dimension + 1 < dimensions) {
          values[index] = read(dimension + 1);
          continue;
        }
        const length = int32(bytes, at);
        at += 4;
        values[index] = length < 0 ? null : decode(bytes, at, at + length);
        if (length > 0) at += length;
      }
      return values;
    };
    return read(0);
  };
}
