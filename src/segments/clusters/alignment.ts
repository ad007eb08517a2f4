/** Matches new clusters with old ones, so that clusters keep their numbers and names over computations. */

/** Minimum Jaccard index of a new and an old cluster to be matched. */
const MIN_OVERLAP = 0.1;

/**
 * Matches clusters by the share of common members (Jaccard), the best pairs first.
 * @param labels new cluster of each customer, -1 for none
 * @param sizes of the new clusters
 * @param oldLabels old cluster of each customer, -1 for none
 * @param oldSizes of the old clusters, including customers who are not clustered any more
 * @returns for each new cluster the matching old one, or null
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
