/** Which new cluster goes on as which old one, so that names of clusters last over computations. */

/** A new cluster must share at least so much of all people of both with an old one to go on as it. */
const LEAST_OVERLAP = 0.1;

export interface OldCluster {
  readonly id: string;
  readonly number: number;
}

/**
 * Pairs clusters by the share of people in common (Jaccard), the best pairs first.
 * @param oldOf cluster of each person before, where in one
 * @param sizes of the new clusters
 * @returns for each new cluster the old one that it goes on as, or null
 */
export function alignClusters(
  customerIds: readonly string[],
  labels: Int32Array,
  sizes: readonly number[],
  oldOf: ReadonlyMap<string, OldCluster>,
): (OldCluster | null)[] {
  const oldSizes = new Map<string, number>();
  for (const { id } of oldOf.values()) oldSizes.set(id, (oldSizes.get(id) ?? 0) + 1);
  const shared = new Map<string, { label: number; old: OldCluster; count: number }>();
  customerIds.forEach((customerId, row) => {
    const old = oldOf.get(customerId);
    const label = labels[row]!;
    if (old === undefined || label === -1) return;
    const pair = shared.get(`${label} ${old.id}`) ?? { label, old, count: 0 };
    pair.count += 1;
    shared.set(`${label} ${old.id}`, pair);
  });
  const pairs = [...shared.values()]
    .map(({ label, old, count }) => ({
      label,
      old,
      overlap: count / (sizes[label]! + oldSizes.get(old.id)! - count),
    }))
    .filter(({ overlap }) => overlap >= LEAST_OVERLAP)
    .toSorted((left, right) => right.overlap - left.overlap);
  const kept: (OldCluster | null)[] = sizes.map(() => null);
  const taken = new Set<string>();
  for (const { label, old } of pairs) {
    if (kept[label] !== null || taken.has(old.id)) continue;
    kept[label] = old;
    taken.add(old.id);
  }
  return kept;
}
