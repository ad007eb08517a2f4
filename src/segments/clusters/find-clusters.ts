/** Runs the algorithm of the settings over prepared rows, and chooses the number of clusters. */
import { pickRows, type Rows, toMetricRows } from '#numeric/distance.ts';
import { createRandom, type Random, shuffle } from '#numeric/random.ts';

import { buildDendrogram, cutDendrogram, MAX_AGGLOMERATIVE_ROWS } from './algorithms/agglomerative.ts';
import { adjustedRandIndex } from './algorithms/agreement.ts';
import { runHdbscan } from './algorithms/hdbscan.ts';
import { runKMeans } from './algorithms/k-means.ts';
import { findMicroClusters, runMiniBatch } from './algorithms/mini-batch.ts';
import { createSilhouette, type SilhouetteScorer } from './algorithms/silhouette.ts';
import type { ClusterSettings } from './settings.ts';

export interface CountScore {
  readonly count: number;
  readonly silhouette: number;
}

export interface FoundClusters {
  /** Cluster of each row from 0, -1 for none. */
  readonly labels: Int32Array;
  readonly silhouette: number | null;
  readonly silhouetteRows: number;
  /** Every number of clusters that was tried; empty where it was given or found. */
  readonly scores: readonly CountScore[];
  /** Of HIERARCHICAL, the heights of the last merges, highest first; else empty. */
  readonly mergeHeights: readonly number[];
  /** Number of micro-clusters that replaced the rows; null where all rows were merged. */
  readonly microClusterCount: number | null;
}

const RESTARTS = 10;
const TRIAL_RESTARTS = 3;
/** Numbers of clusters are tried on a sample: the silhouette uses at most 2,000 rows anyway. */
const TRIAL_ROWS = 10_000;
const MICRO_CLUSTERS = 1_000;
const SHOWN_MERGES = 30;
/** Neighbours for core distances: enough to prevent clusters of single rows. */
const HDBSCAN_SAMPLES = 10;

type ClusterRows = (count: number) => Int32Array;

export function findClusters(prepared: Rows, settings: ClusterSettings): FoundClusters {
  const random = createRandom(settings.seed);
  const rows = toMetricRows(prepared, settings.metric);
  const scorer = createSilhouette(rows, settings.metric, random);
  const nothing = { scores: [], mergeHeights: [], microClusterCount: null };
  const finish = (labels: Int32Array, rest: Partial<FoundClusters> = {}): FoundClusters => ({
    ...nothing,
    labels,
    silhouette: scorer.score(labels),
    silhouetteRows: scorer.sample.length,
    ...rest,
  });

  if (settings.algorithm === 'hdbscan') return finish(runDensity(rows, settings));
  if (settings.algorithm === 'hierarchical') {
    const tree = growTree(rows, settings, random);
    const { count, scores } = chooseCount(settings, rows.rowCount, tree.cut, scorer);
    return finish(tree.cut(count), {
      scores,
      mergeHeights: tree.mergeHeights,
      microClusterCount: tree.microClusterCount,
    });
  }
  const { count, scores } =
    settings.count === null ? tryCounts(rows, settings, random) : { count: settings.count, scores: [] };
  return finish(runCentres(rows, settings, Math.min(count, rows.rowCount), RESTARTS, random), { scores });
}

function runCentres(
  rows: Rows,
  { algorithm, metric }: ClusterSettings,
  count: number,
  restarts: number,
  random: Random,
): Int32Array {
  if (algorithm === 'mini-batch-k-means' && metric !== 'manhattan') {
    return runMiniBatch(rows, { count, metric, restarts: TRIAL_RESTARTS }, random).labels;
  }
  return runKMeans(rows, { count, metric, restarts }, random).labels;
}

function tryCounts(rows: Rows, settings: ClusterSettings, random: Random): ReturnType<typeof chooseCount> {
  const sample = pickRows(rows, drawRows(rows.rowCount, TRIAL_ROWS, random));
  const cluster: ClusterRows = (count) => runCentres(sample, settings, count, TRIAL_RESTARTS, random);
  return chooseCount(settings, sample.rowCount, cluster, createSilhouette(sample, settings.metric, random));
}

/** The count with the best silhouette; the smallest of equal ones. */
function chooseCount(
  { count, maxCount }: ClusterSettings,
  rowCount: number,
  cluster: ClusterRows,
  scorer: SilhouetteScorer,
): { count: number; scores: readonly CountScore[] } {
  if (count !== null) return { count: Math.min(count, rowCount), scores: [] };
  const counts = Array.from({ length: Math.min(maxCount, rowCount - 1) - 1 }, (_, index) => index + 2);
  const scores = counts.map((each) => ({ count: each, silhouette: scorer.score(cluster(each)) ?? -1 }));
  const best = scores.reduce((left, right) => (right.silhouette > left.silhouette ? right : left));
  return { count: best.count, scores };
}

function growTree(
  rows: Rows,
  { linkage, metric }: ClusterSettings,
  random: Random,
): { cut: ClusterRows; mergeHeights: number[]; microClusterCount: number | null } {
  const micro =
    rows.rowCount > MAX_AGGLOMERATIVE_ROWS ? findMicroClusters(rows, MICRO_CLUSTERS, metric, random) : null;
  const tree = buildDendrogram(micro?.rows ?? rows, linkage, metric, micro?.weights);
  return {
    cut(count) {
      const labels = cutDendrogram(tree, Math.min(count, tree.rowCount));
      return micro === null ? labels : micro.labels.map((label) => labels[label]!);
    },
    mergeHeights: Array.from(tree.heights.slice(-SHOWN_MERGES)).toReversed(),
    microClusterCount: micro?.weights.length ?? null,
  };
}

function runDensity(rows: Rows, { metric, minClusterShare }: ClusterSettings): Int32Array {
  const minClusterSize = Math.max(5, Math.round(minClusterShare * rows.rowCount));
  return runHdbscan(rows, { metric, minClusterSize, minSamples: Math.min(HDBSCAN_SAMPLES, minClusterSize) });
}

export interface Stability {
  /** Mean adjusted Rand index between the clusters and those of the other runs: 1 for equal ones, about 0 by chance. */
  readonly index: number;
  readonly runs: number;
  readonly rowsPerRun: number;
}

const STABILITY_RUNS = 5;
const MAX_STABILITY_ROWS = { centres: 5_000, pairs: 2_000 } as const;
const STABILITY_SHARE = 0.8;

/** Clusters other samples of the rows with other seeds, and compares the common rows. */
export function measureStability(prepared: Rows, labels: Int32Array, settings: ClusterSettings): Stability {
  const random = createRandom(settings.seed + 1);
  const isByPairs = settings.algorithm === 'hierarchical' || settings.algorithm === 'hdbscan';
  const most = isByPairs ? MAX_STABILITY_ROWS.pairs : MAX_STABILITY_ROWS.centres;
  const rowsPerRun = Math.min(most, Math.round(prepared.rowCount * STABILITY_SHARE));
  const count = labels.reduce((highest, label) => Math.max(highest, label + 1), 0);
  const rows = toMetricRows(prepared, settings.metric);
  let sum = 0;
  for (let run = 0; run < STABILITY_RUNS; run += 1) {
    const drawn = drawRows(rows.rowCount, rowsPerRun, random);
    const again = clusterAgain(pickRows(rows, drawn), settings, count, random);
    sum += adjustedRandIndex(
      again,
      Int32Array.from(drawn, (row) => labels[row]!),
    );
  }
  return { index: sum / STABILITY_RUNS, runs: STABILITY_RUNS, rowsPerRun };
}

function clusterAgain(rows: Rows, settings: ClusterSettings, count: number, random: Random): Int32Array {
  if (settings.algorithm === 'hdbscan') return runDensity(rows, settings);
  if (settings.algorithm === 'hierarchical') return growTree(rows, settings, random).cut(count);
  return runCentres(rows, settings, Math.min(count, rows.rowCount), RESTARTS, random);
}

/** Distinct rows in ascending order; all of them if there are no more. */
export function drawRows(rowCount: number, count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: rowCount }, (_, row) => row);
  if (count >= rowCount) return order;
  shuffle(order, random);
  return order.slice(0, count).toSorted();
}
