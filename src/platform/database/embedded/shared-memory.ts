/**
 * WebAssembly modules made to run on memory that threads share, by the declaration of the memory that they import: the
 * code is the same, since loads and stores work on either kind (core specification, "Limits" and "Import Section").
 * Compiles nothing.
 */

/** Of the engine: 2 GiB. A module that shares memory has to say how large it may get. */
export const MAX_PAGES = 32_768;

const HEADER_BYTES = 8;
const IMPORT_SECTION = 2;
const FUNCTION = 0;
const TABLE = 1;
const MEMORY = 2;
const HAS_MAXIMUM = 1;
const IS_SHARED = 2;

/** @returns the module itself where it imports no memory, as a wrapper of a function does */
export function withSharedMemory(module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const reader = new Reader(module, HEADER_BYTES);
  while (reader.at < module.length) {
    const sectionStart = reader.at;
    const section = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    if (section === IMPORT_SECTION) {
      const contentStart = reader.at;
      if (!skipToMemory(reader)) return module;
      const limits = reader.at;
      reader.skipLimits();
      const content = Buffer.concat([
        module.subarray(contentStart, limits),
        sharedLimits(new Reader(module, limits)),
        module.subarray(reader.at, end),
      ]);
      return new Uint8Array(
        Buffer.concat([
          module.subarray(0, sectionStart),
          Buffer.from([IMPORT_SECTION, ...writeNumber(content.length)]),
          content,
          module.subarray(end),
        ]),
      );
    }
    reader.at = end;
  }
  return module;
}

function skipToMemory(reader: Reader): boolean {
  for (let left = reader.number(); left > 0; left -= 1) {
    reader.skipName();
    reader.skipName();
    const kind = reader.byte();
    if (kind === MEMORY) return true;
    if (kind === FUNCTION) reader.number();
    else if (kind === TABLE) {
      reader.byte();
      reader.skipLimits();
      // The others are globals: a type, and whether they change.
    } else reader.at += 2;
  }
  return false;
}

function sharedLimits(limits: Reader): Buffer {
  const flags = limits.number();
  const minimum = limits.number();
  const maximum = flags & HAS_MAXIMUM ? limits.number() : MAX_PAGES;
  return Buffer.from([HAS_MAXIMUM | IS_SHARED, ...writeNumber(minimum), ...writeNumber(maximum)]);
}

class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    this.at += 1;
    return this.#bytes[this.at - 1]!;
  }

  /** LEB128, unsigned. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  skipName(): void {
    const length = this.number();
    this.at += length;
  }

  skipLimits(): void {
    const flags = this.number();
    this.number();
    if (flags & HAS_MAXIMUM) this.number();
  }
}

function writeNumber(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...writeNumber(value >>> 7)];
}
