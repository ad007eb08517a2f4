/** Values of a statement on their way to the server: text as postgres.js writes it, and ids in 16 bytes each. */
import { parameterError } from './errors.ts';
import type { MessageWriter } from './message-writer.ts';
import type { ServerSettings } from './settings.ts';

const BOOLEAN = 16;
const BYTEA = 17;
const BIGINT = 20;
const TIMESTAMPTZ = 1184;
const UUID = 2950;
const UUID_ARRAY = 2951;

const TEXT = 0;
const BINARY = 1;
const UUID_LENGTH = 36;
const DASH = 0x2d;
/** The digit that a character means, or what fits no byte. */
const DIGIT = new Uint16Array(256).fill(0x100);
for (let digit = 0; digit < 16; digit += 1) {
  DIGIT[digit.toString(16).charCodeAt(0)] = digit;
  DIGIT[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** The type that a value has by itself; 0 where only the statement can say. */
export function inferType(value: unknown): number {
  if (typeof value === 'boolean') return BOOLEAN;
  if (typeof value === 'bigint') return BIGINT;
  if (typeof value !== 'object' || value === null) return 0;
  if (value instanceof Date) return TIMESTAMPTZ;
  return value instanceof Uint8Array ? BYTEA : 0;
}

/** Writes formats, number and values of a Bind message. @throws of what cannot be written as its type. */
export function writeParameters(
  output: MessageWriter,
  values: readonly unknown[],
  types: readonly number[],
  serializers: ServerSettings['serializers'],
): void {
  const count = values.length;
  const formatsAt = output.length + 2;
  output.int16(count);
  for (let index = 0; index < count; index += 1) output.int16(TEXT);
  output.int16(count);
  for (let index = 0; index < count; index += 1) {
    const value = values[index];
    const type = types[index] ?? 0;
    if (value === null) output.int32(-1);
    else if (value === undefined) throw parameterError('UNDEFINED_VALUE', 'Undefined values are not allowed');
    else if (type === UUID_ARRAY && Array.isArray(value) && writeIds(output, value)) {
      output.bytes[formatsAt + index * 2 + 1] = BINARY;
    } else {
      const start = output.length;
      output.int32(0);
      const serialize = serializers[type];
      const text: unknown = serialize === undefined ? value : serialize(value);
      output.text(typeof text === 'string' ? text : String(text));
      output.setInt32(start, output.length - start - 4);
    }
  }
}

/** @returns false, with nothing written, where one is not an id: the server then says so */
function writeIds(output: MessageWriter, ids: readonly unknown[]): boolean {
  const start = output.length;
  output.reserve(24 + 20 * ids.length);
  output.int32(0);
  output.int32(ids.length === 0 ? 0 : 1);
  output.int32(0);
  output.int32(UUID);
  if (ids.length > 0) {
    output.int32(ids.length);
    output.int32(1);
    for (let index = 0; index < ids.length; index += 1) {
      if (!writeId(output, ids[index])) {
        output.length = start;
        return false;
      }
    }
  }
  output.setInt32(start, output.length - start - 4);
  return true;
}

function writeId(output: MessageWriter, id: unknown): boolean {
  if (typeof id !== 'string' || id.length !== UUID_LENGTH) return false;
  const { bytes, length } = output;
  output.setInt32(length, 16);
  let at = length + 4;
  let wrong = 0;
  for (let index = 0; index < UUID_LENGTH; index += 2) {
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      wrong |= id.charCodeAt(index) ^ DASH;
      index += 1;
    }
    const high = id.charCodeAt(index);
    const low = id.charCodeAt(index + 1);
    const byte = (DIGIT[high & 0xff]! << 4) | DIGIT[low & 0xff]!;
    wrong |= (byte >> 8) | ((high | low) >> 8);
    bytes[at] = byte;
    at += 1;
  }
  output.length = at;
  return wrong === 0;
}
