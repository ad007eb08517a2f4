/** Ids as 16 bytes each, and the way from an id to its row number. Never holds an id as text. */

const ID_BYTES = 16;

export interface IdTable {
  readonly count: number;
  /** 16 bytes per id, in the order of the row numbers. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Row number of the id that starts at `offset` of `source`; -1 where the table lacks it. */
  indexOf(source: Uint8Array, offset?: number): number;
}

/**
 * Open addressing with linear probing at a load of at most one half: no object and no text per id, which a Map of
 * 100,000 ids would need. The hash is the last four bytes, which are random in the ids we make.
 */
export function createIdTable(bytes: Uint8Array<ArrayBuffer>): IdTable {
  const count = bytes.length / ID_BYTES;
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, count * 2))) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);
  for (let index = 0; index < count; index += 1) {
    let slot = hashAt(bytes, index * ID_BYTES) & mask;
    while (slots[slot] !== -1) slot = (slot + 1) & mask;
    slots[slot] = index;
  }

  function indexOf(source: Uint8Array, offset = 0): number {
    for (let slot = hashAt(source, offset) & mask; ; slot = (slot + 1) & mask) {
      const index = slots[slot]!;
      if (index === -1 || isSame(bytes, index * ID_BYTES, source, offset)) return index;
    }
  }
  return { count, bytes, indexOf };
}

/** One id after another, as 16 bytes each. */
export function packIds(ids: readonly string[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ids.length * ID_BYTES);
  ids.forEach((id, index) => bytes.set(Buffer.from(id.replaceAll('-', ''), 'hex'), index * ID_BYTES));
  return bytes;
}

/** Where the two digits of each byte stand in an id as text. */
const DIGIT_PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const DIGITS = Buffer.from('0123456789abcdef');
const written = Buffer.alloc(36, '-');

export function formatId(bytes: Uint8Array, index: number): string {
  for (let place = 0; place < ID_BYTES; place += 1) {
    const byte = bytes[index * ID_BYTES + place]!;
    const digit = DIGIT_PLACES[place]!;
    written[digit] = DIGITS[byte >> 4]!;
    written[digit + 1] = DIGITS[byte & 15]!;
  }
  return written.toString('latin1');
}

function hashAt(bytes: Uint8Array, start: number): number {
  return (
    (bytes[start + 12]! << 24) | (bytes[start + 13]! << 16) | (bytes[start + 14]! << 8) | bytes[start + 15]!
  );
}

function isSame(left: Uint8Array, leftStart: number, right: Uint8Array, rightStart: number): boolean {
  // From the end: the first bytes are a time, and alike.
  for (let byte = ID_BYTES - 1; byte >= 0; byte -= 1) {
    if (left[leftStart + byte] !== right[rightStart + byte]) return false;
  }
  return true;
}
