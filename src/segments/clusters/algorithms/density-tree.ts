/**
 * From a single-linkage tree to the most stable clusters: condensing, stability, selection (Campello, Moulavi, Sander
 * 2013).
 */

/** Ascending in height. Nodes below rowCount are rows; merge m makes node rowCount + m. */
export type MergeTree = {
  readonly rowCount: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly heights: Float64Array;
};

/** The tree of clusters with enough rows; cluster 0 contains all. Children have larger numbers than their parents. */
export type CondensedTree = {
  readonly parents: readonly number[];
  /** Sum over rows of the density at which they leave minus the density at which the cluster appears. */
  readonly stabilities: readonly number[];
  /** The smallest cluster that contains each row. */
  readonly clusterOf: Int32Array;
};

/** Equal rows have no distance: their density is set to a large finite number, so that sums stay finite. */
const MIN_HEIGHT = 1e-12;

/**
 * Descends from the root: a part with fewer rows than the minimum becomes noise, two or more with enough become new
 * clusters. Merges of one height happen at once, so that the order of equal distances, which is that of the rows, has
 * no effect.
 */
export function condenseTree(tree: MergeTree, minClusterSize: number): CondensedTree {
  const { rowCount, heights } = tree;
  const counts = countRows(tree);
  const parents = [-1];
  const births = [0];
  const stabilities = [0];
  const clusterOf = new Int32Array(rowCount);
  const pending: { readonly node: number; readonly cluster: number }[] = [
    { node: 2 * rowCount - 2, cluster: 0 },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, cluster } = next;
    if (node < rowCount) {
      clusterOf[node] = cluster;
      continue;
    }
    const density = 1 / Math.max(heights[node - rowCount]!, MIN_HEIGHT);
    const parts = partsBelow(tree, node);
    const isSplit = parts.filter((part) => counts[part]! >= minClusterSize).length > 1;
    for (const part of parts) {
      const isLarge = counts[part]! >= minClusterSize;
      if (isLarge && !isSplit) {
        pending.push({ node: part, cluster });
        continue;
      }
      stabilities[cluster]! += counts[part]! * (density - births[cluster]!);
      if (isLarge) {
        parents.push(cluster);
        births.push(density);
        stabilities.push(0);
        pending.push({ node: part, cluster: parents.length - 1 });
      } else for (const row of rowsBelow(tree, part)) clusterOf[row] = cluster;
    }
  }
  return { parents, stabilities, clusterOf };
}

/** The children of the merge, together with those of the merges of the same height directly below it. */
function partsBelow({ rowCount, left, right, heights }: MergeTree, top: number): number[] {
  const parts: number[] = [];
  const pending = [top];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node >= rowCount && heights[node - rowCount] === heights[top - rowCount]) {
      pending.push(left[node - rowCount]!, right[node - rowCount]!);
    } else parts.push(node);
  }
  return parts;
}

/**
 * Whether each cluster is selected: at least as stable as the selected clusters below it together. The root never is.
 */
export function selectClusters({ parents, stabilities }: CondensedTree): readonly boolean[] {
  const kept = stabilities.map(() => true);
  const best = [...stabilities];
  const below = stabilities.map(() => 0);
  for (let cluster = parents.length - 1; cluster > 0; cluster -= 1) {
    if (below[cluster]! > stabilities[cluster]!) {
      kept[cluster] = false;
      best[cluster] = below[cluster]!;
    }
    below[parents[cluster]!]! += best[cluster]!;
  }
  kept[0] = false;
  // From the root: clusters within a selected cluster are not selected.
  const isCovered = stabilities.map(() => false);
  for (let cluster = 1; cluster < parents.length; cluster += 1) {
    const parent = parents[cluster]!;
    isCovered[cluster] = isCovered[parent]! || kept[parent]!;
    if (isCovered[cluster]) kept[cluster] = false;
  }
  return kept;
}

/** Index of the selected cluster of each row, from 0; -1 for noise. */
export function labelRows({ parents, clusterOf }: CondensedTree, kept: readonly boolean[]): Int32Array {
  let count = 0;
  const labels = parents.map(() => -1);
  for (let cluster = 1; cluster < parents.length; cluster += 1) {
    labels[cluster] = kept[cluster]! ? count++ : labels[parents[cluster]!]!;
  }
  return clusterOf.map((cluster) => labels[cluster]!);
}

function countRows({ rowCount, left, right }: MergeTree): Int32Array {
  const counts = new Int32Array(2 * rowCount - 1).fill(1, 0, rowCount);
  for (let merge = 0; merge < rowCount - 1; merge += 1) {
    counts[rowCount + merge] = counts[left[merge]!]! + counts[right[merge]!]!;
  }
  return counts;
}

function* rowsBelow({ rowCount, left, right }: MergeTree, top: number): Generator<number> {
  const pending = [top];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node < rowCount) yield node;
    else pending.push(left[node - rowCount]!, right[node - rowCount]!);
  }
}
