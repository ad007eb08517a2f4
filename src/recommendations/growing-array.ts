/** Typed arrays that grow at their end, for a stream whose length is known only when it ends. */

type Numbers =
  | Uint8Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

export interface GrowingArray<T extends Numbers> {
  readonly length: number;
  append(values: ArrayLike<number>): void;
  /** What was appended, not copied: nothing can be appended after it. */
  finish(): T;
}

/** Doubles when full, so that appending costs O(1) per value on average. */
export function createGrowingArray<T extends Numbers>(type: new (length: number) => T): GrowingArray<T> {
  let values = new type(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(added) {
      if (length + added.length > values.length) {
        const larger = new type(Math.max(values.length * 2, length + added.length));
        larger.set(values.subarray(0, length));
        values = larger;
      }
      values.set(added, length);
      length += added.length;
    },
    finish: () => values.subarray(0, length) as T,
  };
}
