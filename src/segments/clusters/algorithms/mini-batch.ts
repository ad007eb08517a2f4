/** k-means over small random samples of the rows, for many rows or many centres. */
import { type Metric, pickRows, type Rows, scaleToUnit } from '#numeric/distance.ts';
import type { Random } from '#numeric/random.ts';

import { assignRows, createAssignment } from './assignment.ts';
import { type KMeansResult, runLloyd } from './k-means.ts';
import { seedCentres } from './seeding.ts';

export type MiniBatchSettings = {
  readonly count: number;
  /** Manhattan is not supported: medians cannot be learned row by row. */
  readonly metric: Exclude<Metric, 'manhattan'>;
  /** Number of starts from different seeds; the best one wins. */
  readonly restarts: number;
  readonly batchSize?: number;
  readonly maxBatches?: number;
  /** Iterations over all rows afterwards, which refine the result. */
  readonly polish?: number;
};

const SEEDING_ROWS_PER_CENTRE = 10;
/** Batches without a better smoothed cost before the end. */
const PATIENCE = 20;

/**
 * Each sampled row moves its centre by 1 over the number of rows that the centre has seen (Sculley 2010, algorithm 1),
 * until the smoothed cost of batches stops falling. O(restarts × batches × batchSize × count × columns), and one pass
 * over all rows.
 * @param rows as from `toMetricRows`
 */
export function runMiniBatch(rows: Rows, settings: MiniBatchSettings, random: Random): KMeansResult {
  const runs = Array.from({ length: settings.restarts }, () => runOnce(rows, settings, random));
  return runs.reduce((best, run) => (run.inertia < best.inertia ? run : best));
}

function runOnce(rows: Rows, settings: MiniBatchSettings, random: Random): KMeansResult {
  const { count, metric, batchSize = 1024, maxBatches = 400, polish = 5 } = settings;
  const { columnCount } = rows;
  const draw = (size: number): Rows =>
    pickRows(
      rows,
      Uint32Array.from({ length: size }, () => random.integer(rows.rowCount)),
    );
  const seedingRows = Math.max(count * SEEDING_ROWS_PER_CENTRE, batchSize);
  const centres = seedCentres(seedingRows < rows.rowCount ? draw(seedingRows) : rows, count, metric, random);
  const seen = new Float64Array(count);
  const assignment = createAssignment(batchSize);
  let smoothed: number | undefined;
  let least = Infinity;
  let idle = 0;
  for (let batch = 0; batch < maxBatches && idle < PATIENCE; batch += 1) {
    const drawn = draw(batchSize);
    const cost = assignRows(drawn, centres, metric, assignment);
    for (let row = 0; row < batchSize; row += 1) {
      const centre = assignment.labels[row]!;
      seen[centre]! += 1;
      const rate = 1 / seen[centre]!;
      for (let column = 0; column < columnCount; column += 1) {
        const slot = centre * columnCount + column;
        centres[slot]! += rate * (drawn.values[row * columnCount + column]! - centres[slot]!);
      }
    }
    if (metric === 'cosine') {
      for (let start = 0; start < centres.length; start += columnCount)
        scaleToUnit(centres, start, columnCount);
    }
    smoothed = smoothed === undefined ? cost : 0.9 * smoothed + 0.1 * cost;
    idle = smoothed < least * (1 - 1e-4) ? 0 : idle + 1;
    least = Math.min(least, smoothed);
  }
  return runLloyd(rows, centres, { count, metric, maxIterations: polish });
}

/** Many small clusters that represent their rows where an algorithm cannot take every row. */
export type MicroClusters = {
  readonly rows: Rows;
  /** Number of rows that each represents, at least 1. */
  readonly weights: Float64Array;
  /** Micro-cluster of each row. */
  readonly labels: Int32Array;
};

export function findMicroClusters(rows: Rows, count: number, metric: Metric, random: Random): MicroClusters {
  // Squared distances serve for Manhattan too: each micro-cluster is far smaller than the final clusters.
  const result = runMiniBatch(
    rows,
    { count, metric: metric === 'cosine' ? 'cosine' : 'euclidean', restarts: 1, maxBatches: 60, polish: 1 },
    random,
  );
  const weights = new Float64Array(count);
  for (const label of result.labels) weights[label]! += 1;
  const used = Array.from(weights.keys()).filter((label) => weights[label]! > 0);
  const newLabels = new Int32Array(count);
  used.forEach((label, index) => (newLabels[label] = index));
  return {
    rows: pickRows({ values: result.centres, rowCount: count, columnCount: rows.columnCount }, used),
    weights: Float64Array.from(used, (label) => weights[label]!),
    labels: result.labels.map((label) => newLabels[label]!),
  };
}
