/** The definitions of all metrics. */

/** One ranked list and its relevant items. */
export type RankedCase = {
  readonly userIndex: number;
  /** Best first, as long as the largest cutoff if there are enough items. */
  readonly list: Uint32Array;
  /** Never empty. */
  readonly relevant: ReadonlySet<number>;
  /** Number of items that the customer had before. */
  readonly historyLength: number;
};

export const CUTOFFS = [5, 10, 20] as const;

/** Metrics of one list at a cutoff; a report contains their mean over users. */
export const LIST_METRICS = {
  precision: 'relevant items among the first k, over k',
  recall: 'relevant items among the first k, over all relevant',
  f1: 'harmonic mean of precision and recall of one user, 0 where both are 0',
  ndcg: 'sum over relevant ranks r ≤ k of 1 / log2(r + 1), over the same sum for an ideal list of min(relevant, k)',
  hr: '1 where any of the first k is relevant, else 0',
  mrr: '1 over the rank of the first relevant item, 0 where it is beyond k',
  map: 'sum over relevant ranks r ≤ k of the precision at r, over min(relevant, k)',
} as const;

/** Metrics over all lists at a cutoff. */
export const CATALOGUE_METRICS = {
  coverage: 'share of the catalogue that is among the first k of any list',
  gini: 'Gini coefficient of how often items are among the first k: 0 all alike, 1 one item takes all',
  novelty: 'mean of -log2 of the share of users who have the item, over all first k',
} as const;

export type ListMetric = keyof typeof LIST_METRICS;
export type CatalogueMetric = keyof typeof CATALOGUE_METRICS;

/** All metrics of one list; O(k). */
export function measureList({ list, relevant }: RankedCase, cutoff: number): Record<ListMetric, number> {
  let hits = 0;
  let gain = 0;
  let precisions = 0;
  let first = 0;
  for (let index = 1; index <= Math.min(cutoff, list.length); index += 1) {
    if (!relevant.has(list[index - 1]!)) continue;
    hits += 1;
    gain += 1 / Math.log2(index + 1);
    precisions += hits / index;
    first ||= index;
  }
  const possible = Math.min(relevant.size, cutoff);
  let idealGain = 0;
  for (let index = 1; index <= possible; index += 1) idealGain += 1 / Math.log2(index + 1);
  const precision = hits / cutoff;
  const recall = hits / relevant.size;
  return {
    precision,
    recall,
    f1: hits > 0 ? (2 * precision * recall) / (precision + recall) : 0,
    ndcg: gain / idealGain,
    hr: hits > 0 ? 1 : 0,
    mrr: first > 0 ? 1 / first : 0,
    map: precisions / possible,
  };
}

/**
 * @param popularity share of users with each item before the test, length items
 */
export function measureCatalogue(
  cases: readonly RankedCase[],
  popularity: Float64Array,
  userCount: number,
  cutoff: number,
): Record<CatalogueMetric, number> {
  const shown = new Float64Array(popularity.length);
  let information = 0;
  let places = 0;
  for (const { list } of cases) {
    for (const item of list.subarray(0, cutoff)) {
      shown[item]! += 1;
      // An item without users counts as if half a user had it.
      information -= Math.log2(Math.max(popularity[item]!, 0.5 / userCount));
      places += 1;
    }
  }
  return {
    coverage: shown.filter((count) => count > 0).length / shown.length,
    gini: giniOf(shown),
    novelty: places > 0 ? information / places : Number.NaN,
  };
}

/** Root mean squared and mean absolute error of predicted ratings. */
export function measureErrors(predicted: Float64Array, actual: Float32Array): { rmse: number; mae: number } {
  let squares = 0;
  let absolutes = 0;
  for (let index = 0; index < actual.length; index += 1) {
    const error = predicted[index]! - actual[index]!;
    squares += error * error;
    absolutes += Math.abs(error);
  }
  return { rmse: Math.sqrt(squares / actual.length), mae: absolutes / actual.length };
}

/** G = sum of (2i - n - 1) · x_i / (n · sum of x), x ascending, i from 1. */
function giniOf(counts: Float64Array): number {
  const sorted = counts.toSorted();
  let weighted = 0;
  let total = 0;
  for (let index = 0; index < sorted.length; index += 1) {
    weighted += (2 * (index + 1) - sorted.length - 1) * sorted[index]!;
    total += sorted[index]!;
  }
  return total > 0 ? weighted / (sorted.length * total) : 0;
}
