/** Whether items are in a list, and where. Knows nothing else of them. */

/** Row numbers of items, to be asked one by one. */
export interface ItemSet {
  has(itemIndex: number): boolean;
}

/** Bits that rule out most items before a list is searched; small enough for V8 to keep within its heap. */
const SKETCH_BITS = 512;

/** A list of a few dozen is searched faster than a set of it is made. @param items ascending */
export function createItemSet(items: Uint32Array): ItemSet {
  const sketch = new Uint32Array(SKETCH_BITS / 32);
  for (let index = 0; index < items.length; index += 1) {
    const bit = items[index]! % SKETCH_BITS;
    sketch[bit >> 5]! |= 1 << (bit & 31);
  }
  return {
    has(item) {
      const bit = item % SKETCH_BITS;
      if ((sketch[bit >> 5]! & (1 << (bit & 31))) === 0) return false;
      return findEntry(items, item) >= 0;
    },
  };
}

/** Place of an item in a list; -1 where it is not in it. @param itemIndices ascending */
export function findEntry(itemIndices: Uint32Array, itemIndex: number): number {
  let low = 0;
  let high = itemIndices.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = itemIndices[middle]!;
    if (found === itemIndex) return middle;
    if (found < itemIndex) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
