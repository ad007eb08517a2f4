/** Settings of a cluster set as stored, with defaults, limits and valid combinations. */
import { InvalidInputError } from '#platform/errors.ts';
import type { Metric } from '#numeric/distance.ts';

import type { Linkage } from './algorithms/agglomerative.ts';
import { MAX_HDBSCAN_ROWS } from './algorithms/hdbscan.ts';

export const clusterAlgorithms = ['k-means', 'mini-batch-k-means', 'hierarchical', 'hdbscan'] as const;
export type ClusterAlgorithm = (typeof clusterAlgorithms)[number];

export interface ClusterSettings {
  /** Names of number and money attributes of the rule language. */
  readonly traits: readonly string[];
  /** Rule that selects the customers to cluster. */
  readonly filter: string;
  readonly algorithm: ClusterAlgorithm;
  readonly linkage: Linkage;
  readonly metric: Metric;
  /** Null chooses the count with the best silhouette, 2 to `maxCount`. HDBSCAN finds its own. */
  readonly count: number | null;
  readonly maxCount: number;
  /** Minimum share of customers in a cluster of HDBSCAN, at least 5 of them. */
  readonly minClusterShare: number;
  readonly seed: number;
  /** ISO day to whose start ages are counted; null for the present of each computation. */
  readonly asOfOn: string | null;
}

export const clusterDefaults: Omit<ClusterSettings, 'traits'> = {
  filter: 'number_of_orders >= 1',
  algorithm: 'k-means',
  linkage: 'ward',
  metric: 'euclidean',
  count: null,
  maxCount: 8,
  minClusterShare: 0.02,
  seed: 1,
  asOfOn: null,
};

export const MAX_CLUSTERS = 20;
export const MAX_TRAITS = 12;
/** Above it HDBSCAN would take minutes; the others take half a million. */
const MAX_PEOPLE: Readonly<Record<ClusterAlgorithm, number>> = {
  'k-means': 500_000,
  'mini-batch-k-means': 500_000,
  hierarchical: 500_000,
  hdbscan: MAX_HDBSCAN_ROWS,
};

/** @throws {InvalidInputError} a value is out of its range, or the combination is invalid */
export function checkSettings(settings: ClusterSettings): void {
  const { traits, algorithm, linkage, metric, count, maxCount, minClusterShare, asOfOn } = settings;
  if (traits.length < 1 || traits.length > MAX_TRAITS) {
    throw new InvalidInputError('traits', `expected 1 to ${MAX_TRAITS} traits, got ${traits.length}`);
  }
  if (new Set(traits).size < traits.length) throw new InvalidInputError('traits', 'expected each trait once');
  if (count !== null && (count < 2 || count > MAX_CLUSTERS)) {
    throw new InvalidInputError('count', `expected 2 to ${MAX_CLUSTERS} clusters, got ${count}`);
  }
  if (maxCount < 2 || maxCount > MAX_CLUSTERS) {
    throw new InvalidInputError('maxCount', `expected 2 to ${MAX_CLUSTERS} clusters, got ${maxCount}`);
  }
  if (!(minClusterShare > 0 && minClusterShare <= 0.5)) {
    throw new InvalidInputError(
      'minClusterShare',
      `expected above 0 and at most 0.5, got ${minClusterShare}`,
    );
  }
  if (asOfOn !== null && !isDay(asOfOn)) {
    throw new InvalidInputError('asOfOn', `expected a day such as 2026-01-31, got ${JSON.stringify(asOfOn)}`);
  }
  if (algorithm === 'hdbscan' && count !== null) {
    throw new InvalidInputError('count', 'HDBSCAN finds the number of clusters itself: leave it out');
  }
  if (algorithm === 'hierarchical' && linkage === 'ward' && metric !== 'euclidean') {
    throw new InvalidInputError(
      'metric',
      'Ward takes Euclidean distances only: use average or complete linkage',
    );
  }
  if (algorithm === 'mini-batch-k-means' && metric === 'manhattan') {
    throw new InvalidInputError('metric', 'mini-batches learn means, not medians: use k-means for Manhattan');
  }
  if (metric === 'cosine' && traits.length < 2) {
    throw new InvalidInputError('metric', 'the cosine compares directions, which takes at least 2 traits');
  }
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Why the algorithm cannot cluster that many customers; null where it can. */
export function refuseSize({ algorithm }: ClusterSettings, peopleCount: number): string | null {
  const least = 10;
  if (peopleCount < least) return `Clusters need at least ${least} people, the filter finds ${peopleCount}.`;
  const most = MAX_PEOPLE[algorithm];
  if (peopleCount <= most) return null;
  return `This algorithm takes at most ${most} people, the filter finds ${peopleCount}: narrow it, or use mini-batch k-means.`;
}
