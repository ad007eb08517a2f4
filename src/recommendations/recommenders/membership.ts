/** Membership of items in a history, for many items of one history after another. */

/**
 * One bit per item, in memory that all requests share: a list tests the same history for each of its products.
 * @param itemIndices ascending; the result is valid until the next call
 */
export function createMembership(itemCount: number): (itemIndices: Uint32Array) => Uint32Array {
  const bits = new Uint32Array(Math.ceil(itemCount / 32));
  let last: Uint32Array = new Uint32Array(0);
  return (itemIndices) => {
    if (last === itemIndices) return bits;
    for (const item of last) bits[item >> 5] = 0;
    for (const item of itemIndices) bits[item >> 5]! |= 1 << (item & 31);
    last = itemIndices;
    return bits;
  };
}

/** The first index from `start` on with an item whose bit is set; `end` where there is none before it. */
export function findMember(
  bits: Uint32Array,
  items: Uint16Array | Uint32Array,
  start: number,
  end: number,
): number {
  for (let index = start; index < end; index += 1) {
    const item = items[index]!;
    if ((bits[item >> 5]! & (1 << (item & 31))) !== 0) return index;
  }
  return end;
}
