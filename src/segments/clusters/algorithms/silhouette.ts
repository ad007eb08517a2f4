/** Silhouette of a clustering. */
import { distanceOf, type Metric, pickRows, type Rows } from '#numeric/distance.ts';
import { type Random, shuffle } from '#numeric/random.ts';

/** Distances of 2,000 rows to each other: 2 million, 16 MB. */
const MAX_SILHOUETTE_ROWS = 2_000;

export type SilhouetteScorer = {
  /** Sampled rows; all of them up to `MAX_SILHOUETTE_ROWS`. */
  readonly sample: Uint32Array;
  /**
   * Mean over rows of (b - a) / max(a, b), where a is the mean distance to the own cluster and b that to the nearest
   * other (Rousseeuw 1987): -1 to 1. A row alone in its cluster counts as 0, rows without a cluster (-1) do not count.
   * Null with fewer than two clusters in the sample.
   * @param labels cluster of every row, not only of the sample
   */
  readonly score: (labels: Int32Array) => number | null;
};

/** Draws the sample and computes its distances once, for many clusterings of the same rows. O(sample² × columns). */
export function createSilhouette(
  rows: Rows,
  metric: Metric,
  random: Random,
  maxRows: number = MAX_SILHOUETTE_ROWS,
): SilhouetteScorer {
  const order = Uint32Array.from({ length: rows.rowCount }, (_, row) => row);
  if (rows.rowCount > maxRows) shuffle(order, random);
  const sample = order.slice(0, maxRows).toSorted();
  const { values, columnCount } = pickRows(rows, sample);
  const size = sample.length;
  const distance = distanceOf(metric);
  const distances = new Float32Array(size * size);
  for (let row = 1; row < size; row += 1) {
    for (let other = 0; other < row; other += 1) {
      const found = distance(values, row * columnCount, values, other * columnCount, columnCount);
      distances[row * size + other] = found;
      distances[other * size + row] = found;
    }
  }
  return {
    sample,
    score: (labels) =>
      scoreSample(
        distances,
        Int32Array.from(sample, (row) => labels[row]!),
      ),
  };
}

function scoreSample(distances: Float32Array, labels: Int32Array): number | null {
  const size = labels.length;
  const count = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const sizes = new Float64Array(count);
  for (const label of labels) if (label >= 0) sizes[label]! += 1;
  if (sizes.filter((one) => one > 0).length < 2) return null;
  const sums = new Float64Array(count);
  let total = 0;
  let scored = 0;
  for (let row = 0; row < size; row += 1) {
    const own = labels[row]!;
    if (own < 0) continue;
    scored += 1;
    if (sizes[own] === 1) continue;
    sums.fill(0);
    for (let other = 0; other < size; other += 1) {
      if (labels[other]! >= 0) sums[labels[other]!]! += distances[row * size + other]!;
    }
    const within = sums[own]! / (sizes[own]! - 1);
    let nearest = Infinity;
    for (let label = 0; label < count; label += 1) {
      if (label !== own && sizes[label]! > 0) nearest = Math.min(nearest, sums[label]! / sizes[label]!);
    }
    const most = Math.max(within, nearest);
    if (most > 0) total += (nearest - within) / most;
  }
  return total / scored;
}
