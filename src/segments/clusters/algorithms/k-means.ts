/** k-means of dense rows, for Euclidean, Manhattan and cosine distance. Does not choose the number of clusters. */
import { type Metric, type Rows, scaleToUnit } from '#numeric/distance.ts';
import type { Random } from '#numeric/random.ts';

import { addWorstRow, assignRows, createAssignment } from './assignment.ts';
import { seedCentres } from './seeding.ts';

export type KMeansResult = {
  /** Cluster of each row, 0 to count - 1. */
  readonly labels: Int32Array;
  /** Row-major, count × columnCount; of length 1 for the cosine. */
  readonly centres: Float64Array;
  /** Sum over rows of the squared distance (Euclidean), the distance (Manhattan) or 1 - cos to their centre. */
  readonly inertia: number;
  readonly iterations: number;
};

export type KMeansSettings = {
  readonly count: number;
  readonly metric: Metric;
  /** Number of starts from different seeds; the best one wins. */
  readonly restarts: number;
  readonly maxIterations?: number;
};

/** Changes of inertia below this share end the iterations. */
const TOLERANCE = 1e-7;

/**
 * Best of several runs of Lloyd's algorithm (Lloyd 1982) from k-means++ seeds. The centre of a cluster is the mean for
 * Euclidean, the median of each column for Manhattan (k-medians), and the direction of the mean for the cosine
 * (spherical k-means; Dhillon, Modha 2001). O(restarts × iterations × rows × count × columns).
 * @param rows as from `toMetricRows`
 */
export function runKMeans(rows: Rows, settings: KMeansSettings, random: Random): KMeansResult {
  let best: KMeansResult | undefined;
  for (let run = 0; run < settings.restarts; run += 1) {
    const found = runLloyd(rows, seedCentres(rows, settings.count, settings.metric, random), settings);
    if (best === undefined || found.inertia < best.inertia) best = found;
  }
  if (best === undefined) throw new RangeError('expected at least one start');
  return best;
}

/** One run from these centres, which it updates. */
export function runLloyd(
  rows: Rows,
  centres: Float64Array,
  { count, metric, maxIterations = 300 }: Omit<KMeansSettings, 'restarts'>,
): KMeansResult {
  const assignment = createAssignment(rows.rowCount);
  let inertia = assignRows(rows, centres, metric, assignment);
  let iterations = 0;
  while (iterations < maxIterations) {
    iterations += 1;
    moveCentres(rows, centres, count, metric, assignment);
    const next = assignRows(rows, centres, metric, assignment);
    const isSettled = Math.abs(inertia - next) <= TOLERANCE * inertia;
    inertia = next;
    if (isSettled) break;
  }
  return { labels: assignment.labels, centres, inertia, iterations };
}

function moveCentres(
  rows: Rows,
  centres: Float64Array,
  count: number,
  metric: Metric,
  assignment: { readonly labels: Int32Array; readonly costs: Float64Array },
): void {
  const { values, rowCount, columnCount } = rows;
  const { labels } = assignment;
  const sizes = new Uint32Array(count);
  for (let row = 0; row < rowCount; row += 1) sizes[labels[row]!]! += 1;
  // An empty cluster takes the row of highest cost, so that the number of clusters stays.
  for (let cluster = 0; cluster < count; cluster += 1) {
    if (sizes[cluster] === 0) addWorstRow(cluster, assignment, sizes);
  }
  if (metric === 'manhattan') return moveToMedians(rows, centres, sizes, labels);
  centres.fill(0);
  for (let row = 0; row < rowCount; row += 1) {
    const target = labels[row]! * columnCount;
    for (let column = 0; column < columnCount; column += 1) {
      centres[target + column]! += values[row * columnCount + column]!;
    }
  }
  for (let cluster = 0; cluster < count; cluster += 1) {
    const start = cluster * columnCount;
    for (let column = 0; column < columnCount; column += 1) centres[start + column]! /= sizes[cluster]!;
    if (metric === 'cosine') scaleToUnit(centres, start, columnCount);
  }
}

function moveToMedians(
  { values, rowCount, columnCount }: Rows,
  centres: Float64Array,
  sizes: Uint32Array,
  labels: Int32Array,
): void {
  for (let cluster = 0; cluster < sizes.length; cluster += 1) {
    const size = sizes[cluster]!;
    const column = new Float64Array(size);
    for (let index = 0; index < columnCount; index += 1) {
      let filled = 0;
      for (let row = 0; row < rowCount; row += 1) {
        if (labels[row] === cluster) column[filled++] = values[row * columnCount + index]!;
      }
      column.sort();
      centres[cluster * columnCount + index] = (column[(size - 1) >> 1]! + column[size >> 1]!) / 2;
    }
  }
}
