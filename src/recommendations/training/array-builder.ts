/** Growing typed arrays, for a stream of unknown length. */
import { setImmediate } from 'node:timers/promises';

type Numbers =
  | Uint8Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

export interface ArrayBuilder<T extends Numbers> {
  readonly length: number;
  append(values: ArrayLike<number>): void;
  /** All appended values; yields to the event loop before it copies. */
  finish(): Promise<T>;
}

const BLOCK_LENGTH = 65_536;

/**
 * Fills blocks of one size, joined at the end. An array that doubles would copy all its megabytes at once, and several
 * of them in the same turn of the event loop.
 */
export function createArrayBuilder<T extends Numbers>(type: new (length: number) => T): ArrayBuilder<T> {
  const full: T[] = [];
  let block = new type(BLOCK_LENGTH);
  let used = 0;

  function append(values: ArrayLike<number>): void {
    for (let index = 0; index < values.length; index += 1) {
      if (used === BLOCK_LENGTH) {
        full.push(block);
        block = new type(BLOCK_LENGTH);
        used = 0;
      }
      block[used] = values[index]!;
      used += 1;
    }
  }

  async function finish(): Promise<T> {
    await setImmediate();
    const joined = new type(full.length * BLOCK_LENGTH + used);
    full.forEach((values, position) => joined.set(values, position * BLOCK_LENGTH));
    joined.set(block.subarray(0, used), full.length * BLOCK_LENGTH);
    return joined;
  }

  return {
    get length() {
      return full.length * BLOCK_LENGTH + used;
    },
    append,
    finish,
  };
}
