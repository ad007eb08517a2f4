/** From raw traits to clusters with their descriptions: the complete computation, pure, for a worker thread. */
import { pickRows, type Rows } from '#numeric/distance.ts';
import { findComponents, projectRows } from '#numeric/pca.ts';
import { createRandom, shuffle } from '#numeric/random.ts';

import { centreOf, type ClusterTrait, compareTraits } from './describe-cluster.ts';
import { binTraits, type Box, findBoxes } from './equivalent-rule.ts';
import {
  type CountScore,
  drawRows,
  findClusters,
  measureStability,
  type Stability,
} from './find-clusters.ts';
import { prepareTraits, type TraitPreparation } from './preparation.ts';
import type { ClusterSettings } from './settings.ts';

export interface ClusteringOrder {
  readonly settings: ClusterSettings;
  /** One per trait of the settings, NaN where missing. */
  readonly columns: readonly Float64Array[];
  /** Per trait whether its rule may only use integer bounds. */
  readonly isWhole: readonly boolean[];
}

export interface ClusterFound {
  readonly size: number;
  /** Strongest difference first. */
  readonly traits: readonly ClusterTrait[];
  readonly boxes: readonly Box[];
}

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  /** Index in `clusters`, -1 for none; stored as the number of the cluster, 0 for none. */
  readonly cluster: number;
}

export interface ClusteringReport {
  readonly peopleCount: number;
  readonly noiseCount: number;
  readonly preparations: readonly TraitPreparation[];
  readonly silhouette: number | null;
  /** Number of rows in the silhouette's sample. */
  readonly silhouetteRows: number;
  readonly stability: Stability;
  readonly scores: readonly CountScore[];
  readonly mergeHeights: readonly number[];
  readonly microClusterCount: number | null;
  /** Share of the variance on each principal component. */
  readonly explained: readonly number[];
  /** Loadings of the used traits on the first two components. */
  readonly axes: readonly { readonly trait: string; readonly x: number; readonly y: number }[];
  readonly points: readonly ScatterPoint[];
}

export interface Clustering {
  readonly report: ClusteringReport;
  /** Largest first. */
  readonly clusters: readonly ClusterFound[];
  /** Index in `clusters` of each row, -1 for none. */
  readonly labels: Int32Array;
  /** Euclidean, from the centre of the own cluster over prepared traits; 0 without one. */
  readonly distances: Float64Array;
}

const MAX_POINTS = 1_000;
/** Larger data is sampled to find rules; their precision and recall are then counted over all customers. */
const MAX_RULE_ROWS = 20_000;

/** Null where every trait was excluded. */
export function computeClusters({ settings, columns, isWhole }: ClusteringOrder): Clustering | null {
  const { rows, preparations } = prepareTraits(settings.traits, columns);
  if (rows.columnCount === 0) return null;
  const found = findClusters(rows, settings);
  const { labels, members } = bySize(found.labels);
  const centres = members.map((each) => centreOf(rows, each));
  const isUsed = preparations.map(({ leftOut }) => leftOut === null);
  const usedColumns = columns.filter((_, trait) => isUsed[trait]);
  const used = preparations.filter((_, trait) => isUsed[trait]);
  const judged = drawRows(rows.rowCount, MAX_RULE_ROWS, createRandom(settings.seed));
  const binned = binTraits(
    columns.map((column) => Float64Array.from(judged, (row) => column[row]!)),
    isWhole,
  );
  return {
    report: {
      peopleCount: rows.rowCount,
      noiseCount: labels.reduce((count, label) => count + (label === -1 ? 1 : 0), 0),
      preparations,
      silhouette: found.silhouette,
      silhouetteRows: found.silhouetteRows,
      stability: measureStability(rows, labels, settings),
      scores: found.scores,
      mergeHeights: found.mergeHeights,
      microClusterCount: found.microClusterCount,
      ...projectPoints(rows, labels, used, settings.seed),
    },
    clusters: members.map((each, index) => ({
      size: each.length,
      traits: compareTraits(centres[index]!, used, usedColumns, each),
      boxes: findBoxes(binned, (position) => labels[judged[position]!] === index),
    })),
    labels,
    distances: distancesToCentres(rows, labels, centres),
  };
}

/** Numbers the clusters by size, largest first; equal ones by their first row. */
function bySize(found: Int32Array): { labels: Int32Array; members: Uint32Array[] } {
  const groups = Map.groupBy(found.keys(), (row) => found[row]!);
  groups.delete(-1);
  const order = [...groups.entries()].toSorted(
    ([, left], [, right]) => right.length - left.length || left[0]! - right[0]!,
  );
  const indexByLabel = new Map(order.map(([label], index) => [label, index]));
  return {
    labels: found.map((label) => indexByLabel.get(label) ?? -1),
    members: order.map(([, rows]) => Uint32Array.from(rows)),
  };
}

function distancesToCentres(
  { values, rowCount, columnCount }: Rows,
  labels: Int32Array,
  centres: readonly Float64Array[],
): Float64Array {
  const distances = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const centre = centres[labels[row]!];
    if (centre === undefined) continue;
    let sum = 0;
    for (let column = 0; column < columnCount; column += 1) {
      sum += (values[row * columnCount + column]! - centre[column]!) ** 2;
    }
    distances[row] = Math.sqrt(sum);
  }
  return distances;
}

function projectPoints(
  rows: Rows,
  labels: Int32Array,
  used: readonly TraitPreparation[],
  seed: number,
): Pick<ClusteringReport, 'explained' | 'axes' | 'points'> {
  const components = findComponents(rows);
  const { columnCount } = rows;
  const random = createRandom(seed);
  const shown = drawRows(rows.rowCount, MAX_POINTS, random);
  // In random order, so that any prefix is a random sample too.
  shuffle(shown, random);
  const coordinates = projectRows(pickRows(rows, shown), components, 2);
  return {
    explained: [...components.explained],
    axes: used.map(({ trait }, column) => ({
      trait,
      x: components.components[column]!,
      y: components.components[columnCount + column] ?? 0,
    })),
    points: Array.from(shown, (row, index) => ({
      x: coordinates[index * 2]!,
      y: coordinates[index * 2 + 1]!,
      cluster: labels[row]!,
    })),
  };
}
