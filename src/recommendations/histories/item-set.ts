/** Membership and index of items in a list. */

/** A set of item indexes, for single lookups. */
export interface ItemSet {
  has(itemIndex: number): boolean;
}

/** A bit set that excludes most items before the list is searched; small enough for V8 to allocate within its heap. */
const SKETCH_BITS = 512;

/** Searching a list of a few dozen is faster than building a set. @param items ascending */
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

/** Index of an item in a list; -1 where it is missing. @param itemIndices ascending */
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
