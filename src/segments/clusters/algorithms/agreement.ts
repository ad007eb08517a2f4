/** Agreement of two clusterings of the same rows. */

/**
 * Adjusted Rand index (Hubert, Arabie 1985): 1 for equal clusterings whatever their numbering, about 0 by chance.
 * @param left cluster of each row; any whole numbers
 */
export function adjustedRandIndex(left: ArrayLike<number>, right: ArrayLike<number>): number {
  if (left.length !== right.length)
    throw new RangeError(`expected ${left.length} labels, got ${right.length}`);
  const pairs = new Map<string, number>();
  const lefts = new Map<number, number>();
  const rights = new Map<number, number>();
  for (let row = 0; row < left.length; row += 1) {
    count(pairs, `${left[row]} ${right[row]}`);
    count(lefts, left[row]!);
    count(rights, right[row]!);
  }
  const together = sumPairs(pairs.values());
  const [inLeft, inRight] = [sumPairs(lefts.values()), sumPairs(rights.values())];
  const all = (left.length * (left.length - 1)) / 2;
  const expected = all > 0 ? (inLeft * inRight) / all : 0;
  const most = (inLeft + inRight) / 2;
  return most === expected ? 1 : (together - expected) / (most - expected);
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sumPairs(sizes: Iterable<number>): number {
  let sum = 0;
  for (const size of sizes) sum += (size * (size - 1)) / 2;
  return sum;
}
