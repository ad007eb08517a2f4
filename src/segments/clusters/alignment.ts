/** Which new cluster goes on as which old one, so that names of clusters last over computations. */

/** A new cluster must share at least so much of all people of both with an old one to go on as it. */
const MIN_OVERLAP = 0.1;

/**
 * Pairs clusters by the share of people in common (Jaccard), the best pairs first.
 * @param labels new cluster of each person, -1 for none
 * @param sizes of the new clusters
 * @param oldLabels old cluster of each person, -1 for none
 * @param oldSizes of the old clusters, with people who are not looked at any more
 * @returns for each new cluster the old one that it goes on as, or null
 */
export function alignClusters(
  labels: Int32Array,
  sizes: readonly number[],
  oldLabels: Int32Array,
  oldSizes: readonly number[],
): (number | null)[] {
  const shared = new Uint32Array(sizes.length * oldSizes.length);
  for (let row = 0; row < labels.length; row += 1) {
    if (labels[row] !== -1 && oldLabels[row] !== -1) {
      shared[labels[row]! * oldSizes.length + oldLabels[row]!]! += 1;
    }
  }
  const pairs = Array.from(shared, (count, slot) => {
    const [label, old] = [Math.floor(slot / oldSizes.length), slot % oldSizes.length];
    return { label, old, overlap: count / (sizes[label]! + oldSizes[old]! - count) };
  })
    .filter(({ overlap }) => overlap >= MIN_OVERLAP)
    .toSorted((left, right) => right.overlap - left.overlap);
  const kept: (number | null)[] = sizes.map(() => null);
  const taken = new Set<number>();
  for (const { label, old } of pairs) {
    if (kept[label] !== null || taken.has(old)) continue;
    kept[label] = old;
    taken.add(old);
  }
  return kept;
}
