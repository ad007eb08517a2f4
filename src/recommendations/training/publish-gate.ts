/** Decides which trained versions are published, and which are defaults of lists. Pure. */
import { MIN_COMPARED, type Metrics } from './model-quality.ts';
import type { AlgorithmName } from '../recommenders/recommender.ts';
import { methods, type ModelSize } from '../recommenders/registry.ts';

export interface Verdict {
  readonly isPublished: boolean;
  /** The reason, in a sentence. */
  readonly note: string;
}

/**
 * Not worse than the published version by more than the interval: on days after the training of the published version,
 * if there are enough; else by the quality of each on its own newest days.
 * @param present null where none is published
 */
export function compareToServing(
  next: Metrics,
  present: { readonly version: number; readonly metrics: Metrics } | null,
): Verdict {
  if (present === null) return { isPublished: true, note: 'The first version.' };
  const difference = next['newest.difference'];
  if (difference !== undefined) {
    const { 'newest.difference.low': low, 'newest.difference.high': high } = next;
    return {
      isPublished: high! >= 0,
      note: `nDCG@10 of ${next['newest.cases']} customers on days after version ${present.version} was trained: ${formatMetric(next['newest.ndcg@10'])} against ${formatMetric(next['newest.present.ndcg@10'])}, difference ${formatMetric(difference)}, 95 % from ${formatMetric(low)} to ${formatMetric(high)}.`,
    };
  }
  const high = next['ndcg@10.high'];
  const low = present.metrics['ndcg@10.low'];
  if (high === undefined || low === undefined || !(next['cases']! >= MIN_COMPARED)) {
    return { isPublished: true, note: `Too few customers to compare with version ${present.version}.` };
  }
  return {
    isPublished: high >= low,
    note: `nDCG@10 ${formatMetric(next['ndcg@10'])}, 95 % up to ${formatMetric(high)}; version ${present.version} reached ${formatMetric(present.metrics['ndcg@10'])}, 95 % from ${formatMetric(low)}.`,
  };
}

/** Without a measurement. */
const USUAL = { rebuy: 'rebuy', discover: 'item-knn' } as const;

/** Popularity is the fallback of every list and never the default of one. */
const NEVER_DEFAULT: ReadonlySet<AlgorithmName> = new Set(['popularity']);

/** Maximum number of multiplications of a list: a page has twenty of them, and each takes about 0.3 ms then. */
const MAX_OPERATIONS = 200_000;

/**
 * Of the methods whose interval overlaps that of the best, the cheapest to serve; of equal ones, the better one.
 * Methods that are too slow for a page are only used on request.
 * @param published metrics by method
 */
export function chooseDefault(
  list: 'rebuy' | 'discover',
  published: ReadonlyMap<AlgorithmName, Metrics>,
  size: ModelSize,
): AlgorithmName {
  const measured = methods.flatMap((method) => {
    const { algorithm } = method.kind;
    const metrics = published.get(algorithm) ?? {};
    const operations = method.operations(size);
    const isMeasured = method.list === list && metrics['cases']! >= MIN_COMPARED;
    if (!isMeasured || operations > MAX_OPERATIONS || NEVER_DEFAULT.has(algorithm)) return [];
    const { 'ndcg@10': ndcg = 0, 'ndcg@10.low': low = ndcg, 'ndcg@10.high': high = ndcg } = metrics;
    return [{ algorithm, ndcg, low, high, operations }];
  });
  const [best] = measured.toSorted((left, right) => right.ndcg - left.ndcg);
  if (best === undefined) return USUAL[list];
  const [chosen] = measured
    .filter(({ high }) => high >= best.low)
    .toSorted((left, right) => left.operations - right.operations || right.ndcg - left.ndcg);
  return chosen!.algorithm;
}

function formatMetric(value: number | undefined): string {
  return value === undefined ? 'unknown' : value.toFixed(4);
}
