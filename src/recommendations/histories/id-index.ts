/** Ids as 16 bytes each, with a lookup from id to row index. Stores no id as text. */
import { formatUuid } from '#pg-batch/uuid.ts';

const ID_BYTES = 16;

export interface IdIndex {
  readonly count: number;
  /** 16 bytes per id, in the order of the row indexes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Row index of the id that starts at `offset` of `source`; -1 where it is missing. */
  indexOf(source: DataView, offset: number): number;
  /** The same for an id as text. */
  find(id: string): number;
}

/**
 * Open addressing with linear probing at a load of at most one half: no object and no text per id, which a Map of
 * 100,000 ids would need. The hash is the last four bytes, which are random in generated ids.
 */
export function createIdIndex(bytes: Uint8Array<ArrayBuffer>): IdIndex {
  const count = bytes.length / ID_BYTES;
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, count * 2))) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);
  const known = viewOf(bytes);
  for (let index = 0; index < count; index += 1) {
    let slot = hashAt(known, index * ID_BYTES) & mask;
    while (slots[slot] !== -1) slot = (slot + 1) & mask;
    slots[slot] = index;
  }

  function indexOf(source: DataView, offset: number): number {
    for (let slot = hashAt(source, offset) & mask; ; slot = (slot + 1) & mask) {
      const index = slots[slot]!;
      if (index === -1 || isSame(known, index * ID_BYTES, source, offset)) return index;
    }
  }

  function find(id: string): number {
    const byteCount = asked.write(id.replaceAll('-', ''), 'hex');
    return byteCount === ID_BYTES ? indexOf(askedView, 0) : -1;
  }
  return { count, bytes, indexOf, find };
}

/** Buffer of the id that is looked up as text. */
const asked = Buffer.alloc(ID_BYTES);
const askedView = viewOf(asked);

/** Four bytes at a time, at any offset. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The concatenated ids, 16 bytes each. */
export function packIds(ids: readonly string[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ids.length * ID_BYTES);
  ids.forEach((id, index) => bytes.set(Buffer.from(id.replaceAll('-', ''), 'hex'), index * ID_BYTES));
  return bytes;
}

export function formatId(bytes: Uint8Array, index: number): string {
  return formatUuid(bytes, index * ID_BYTES);
}

function hashAt(ids: DataView, start: number): number {
  return ids.getInt32(start + 12);
}

/** From the end: the first bytes are a time, and similar. */
function isSame(left: DataView, leftStart: number, right: DataView, rightStart: number): boolean {
  return (
    left.getInt32(leftStart + 12) === right.getInt32(rightStart + 12) &&
    left.getInt32(leftStart + 8) === right.getInt32(rightStart + 8) &&
    left.getInt32(leftStart + 4) === right.getInt32(rightStart + 4) &&
    left.getInt32(leftStart) === right.getInt32(rightStart)
  );
}
