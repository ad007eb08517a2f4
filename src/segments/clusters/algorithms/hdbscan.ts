/** Clusters of any shape where rows are dense, and noise elsewhere. Takes no number of clusters. */
import { distanceOf, type Metric, type Rows } from '#numeric/distance.ts';
import { indexNearest } from '#numeric/nearest.ts';

import { findRoot } from './agglomerative.ts';
import { condenseTree, labelRows, type MergeTree, selectClusters } from './density-tree.ts';

export type HdbscanSettings = {
  readonly metric: Metric;
  /** Minimum number of rows of a cluster, at least 2. */
  readonly minClusterSize: number;
  /**
   * Rows of a neighbourhood, the row itself included; a larger number makes more rows noise. `minClusterSize` by
   * default.
   */
  readonly minSamples?: number;
};

/** Prim's algorithm compares every pair of rows. */
export const MAX_HDBSCAN_ROWS = 60_000;

/**
 * HDBSCAN with clusters by excess of mass (Campello, Moulavi, Sander 2013): single linkage over the mutual reachability
 * distance max(core(a), core(b), d(a, b)), where core is the distance to the `minSamples`-th nearest row; of its tree
 * the clusters that persist longest as the distance shrinks. O(rows² × columns) time, O(rows) memory.
 * @param rows as from `toMetricRows`
 * @returns cluster of each row, -1 for noise
 */
export function runHdbscan(
  rows: Rows,
  { metric, minClusterSize, minSamples = minClusterSize }: HdbscanSettings,
): Int32Array {
  if (rows.rowCount > MAX_HDBSCAN_ROWS) {
    throw new RangeError(`expected at most ${MAX_HDBSCAN_ROWS} rows, got ${rows.rowCount}`);
  }
  if (rows.rowCount < 2) return new Int32Array(rows.rowCount).fill(-1);
  const core = coreDistances(rows, metric, minSamples);
  const condensed = condenseTree(mergeEdges(spanRows(rows, metric, core)), minClusterSize);
  return labelRows(condensed, selectClusters(condensed));
}

function coreDistances(rows: Rows, metric: Metric, minSamples: number): Float64Array {
  const nearest = indexNearest(rows, metric);
  return Float64Array.from({ length: rows.rowCount }, (_, row) =>
    nearest.distances(rows.values, row * rows.columnCount, minSamples).at(-1),
  );
}

type Edges = { readonly from: Int32Array; readonly to: Int32Array; readonly lengths: Float64Array };

/**
 * Minimum spanning tree of the mutual reachability (Prim 1957), without storing pairs. The rows that are still outside
 * stay contiguous, so that memory is read sequentially; rows whose core distance is too large are not measured.
 */
function spanRows(rows: Rows, metric: Metric, cores: Float64Array): Edges {
  const { rowCount, columnCount } = rows;
  const distance = distanceOf(metric);
  const values = rows.values.slice();
  const core = cores.slice();
  const rowOf = Int32Array.from({ length: rowCount }, (_, row) => row);
  const reach = new Float64Array(rowCount).fill(Infinity);
  const source = new Int32Array(rowCount);
  const from = new Int32Array(rowCount - 1);
  const to = new Int32Array(rowCount - 1);
  const lengths = new Float64Array(rowCount - 1);
  const point = new Float64Array(columnCount);
  let nearest = rowCount - 1;
  for (let edge = 0; edge < rowCount - 1; edge += 1) {
    const left = rowCount - 1 - edge;
    const current = rowOf[nearest]!;
    const ownCore = core[nearest]!;
    point.set(values.subarray(nearest * columnCount, (nearest + 1) * columnCount));
    // The last outside row replaces the added one.
    values.copyWithin(nearest * columnCount, left * columnCount, (left + 1) * columnCount);
    for (const facts of [core, rowOf, reach, source]) facts[nearest] = facts[left]!;
    nearest = 0;
    let least = Infinity;
    for (let slot = 0; slot < left; slot += 1) {
      const floor = Math.max(ownCore, core[slot]!);
      if (floor < reach[slot]!) {
        const found = Math.max(floor, distance(point, 0, values, slot * columnCount, columnCount));
        if (found < reach[slot]!) {
          reach[slot] = found;
          source[slot] = current;
        }
      }
      if (reach[slot]! < least) {
        least = reach[slot]!;
        nearest = slot;
      }
    }
    from[edge] = source[nearest]!;
    to[edge] = rowOf[nearest]!;
    lengths[edge] = least;
  }
  return { from, to, lengths };
}

/** Merges the ends of each edge, shortest first. */
function mergeEdges({ from, to, lengths }: Edges): MergeTree {
  const rowCount = lengths.length + 1;
  const order = Int32Array.from(lengths.keys()).toSorted((left, right) => lengths[left]! - lengths[right]!);
  const parent = Int32Array.from({ length: 2 * rowCount - 1 }, (_, node) => node);
  const tree = {
    rowCount,
    left: new Int32Array(rowCount - 1),
    right: new Int32Array(rowCount - 1),
    heights: new Float64Array(rowCount - 1),
  };
  order.forEach((edge, merge) => {
    tree.left[merge] = findRoot(parent, from[edge]!);
    tree.right[merge] = findRoot(parent, to[edge]!);
    tree.heights[merge] = lengths[edge]!;
    parent[tree.left[merge]] = rowCount + merge;
    parent[tree.right[merge]] = rowCount + merge;
  });
  return tree;
}
