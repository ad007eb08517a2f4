/** Predicts ratings from similar users or similar items: Pearson, adjusted cosine, both also on baseline residuals. */

import { type SparseMatrix, transpose } from '#numeric/sparse.ts';
import { selectTopK } from '#numeric/top-k.ts';
import {
  BASELINE_DEFAULTS,
  baselineOf,
  type BaselineParameters,
  fitBaseline,
  type RatingBaseline,
  subtractBaseline,
} from './rating-baseline.ts';

/** The offset that is subtracted before ratings are compared. */
export type Centring =
  /** Mean, user and item offset. */
  | 'baseline'
  /** The mean of the user: Pearson between users, adjusted cosine between items. */
  | 'user-mean'
  /** The mean of the item: Pearson between items. */
  | 'item-mean';

export type RatingNeighbourParameters = {
  readonly between: 'users' | 'items';
  readonly centring: Centring;
  readonly neighbourCount: number;
  /** Number of common ratings at which a similarity is halved. */
  readonly shrinkage: number;
  /** Exponent of the similarity as a weight: above 1 favours the nearest. */
  readonly amplification: number;
  /** Weight of the expectation without neighbours, added to theirs. */
  readonly priorWeight: number;
  readonly baseline: BaselineParameters;
};

export const RATING_NEIGHBOUR_DEFAULTS: RatingNeighbourParameters = {
  between: 'items',
  centring: 'baseline',
  neighbourCount: 40,
  shrinkage: 100,
  amplification: 1,
  priorWeight: 0,
  baseline: BASELINE_DEFAULTS,
};

export type RatingNeighbourModel = {
  readonly parameters: RatingNeighbourParameters;
  readonly baseline: RatingBaseline;
  /** Centred ratings; rows are compared (users or items), columns are what they share. */
  readonly byCompared: SparseMatrix;
  readonly byShared: SparseMatrix;
};

/** @param byUser users × items, values are ratings */
export function trainRatingNeighbours(
  byUser: SparseMatrix,
  parameters: RatingNeighbourParameters,
): RatingNeighbourModel {
  const baseline = centre(byUser, parameters);
  const centred = subtractBaseline(byUser, baseline);
  const turned = transpose(centred);
  const [byCompared, byShared] = parameters.between === 'users' ? [centred, turned] : [turned, centred];
  return { parameters, baseline, byCompared, byShared };
}

/**
 * Similarity of one user (or item) to all others over what both rated: sum xy / √(sum x² · sum y²), times
 * n / (n + shrinkage) for n in common. O(ratings of the row's columns).
 */
export function similaritiesOf(
  { byCompared, byShared, parameters }: RatingNeighbourModel,
  row: number,
): Float64Array {
  const products = new Float64Array(byCompared.rowCount);
  const ownSquares = new Float64Array(byCompared.rowCount);
  const otherSquares = new Float64Array(byCompared.rowCount);
  const counts = new Float64Array(byCompared.rowCount);
  for (let slot = byCompared.offsets[row]!; slot < byCompared.offsets[row + 1]!; slot += 1) {
    const own = byCompared.values[slot]!;
    const shared = byCompared.columns[slot]!;
    for (let other = byShared.offsets[shared]!; other < byShared.offsets[shared + 1]!; other += 1) {
      const value = byShared.values[other]!;
      const compared = byShared.columns[other]!;
      products[compared]! += own * value;
      ownSquares[compared]! += own * own;
      otherSquares[compared]! += value * value;
      counts[compared]! += 1;
    }
  }
  for (let other = 0; other < products.length; other += 1) {
    const norm = Math.sqrt(ownSquares[other]! * otherSquares[other]!);
    const trust = counts[other]! / (counts[other]! + parameters.shrinkage);
    products[other] = norm > 0 ? (trust * products[other]!) / norm : 0;
  }
  products[row] = 0;
  return products;
}

/**
 * Expected rating: baseline + sum of s · deviation / (prior + sum of s) over the most similar ones with a rating.
 * @param similarities of the user (or the item), from `similaritiesOf`
 */
export function predictRating(
  model: RatingNeighbourModel,
  similarities: Float64Array,
  userIndex: number,
  itemIndex: number,
): number {
  const { byShared, parameters } = model;
  const shared = parameters.between === 'users' ? itemIndex : userIndex;
  const start = byShared.offsets[shared]!;
  const end = byShared.offsets[shared + 1]!;
  const candidates = Float64Array.from(
    byShared.columns.subarray(start, end),
    (other) => similarities[other]!,
  );

  let weights = parameters.priorWeight;
  let deviation = 0;
  for (const candidate of selectTopK(candidates, parameters.neighbourCount)) {
    if (!(candidates[candidate]! > 0)) break;
    const weight = candidates[candidate]! ** parameters.amplification;
    weights += weight;
    deviation += weight * byShared.values[start + candidate]!;
  }
  return baselineOf(model.baseline, userIndex, itemIndex) + (weights > 0 ? deviation / weights : 0);
}

function centre(byUser: SparseMatrix, { centring, baseline }: RatingNeighbourParameters): RatingBaseline {
  if (centring === 'baseline') return fitBaseline(byUser, baseline);
  // The mean of one side is the baseline in which the other side's offsets are damped to 0.
  const dampings =
    centring === 'user-mean'
      ? { userDamping: 0, itemDamping: Infinity }
      : { userDamping: Infinity, itemDamping: 0 };
  return fitBaseline(byUser, { ...dampings, rounds: 1 });
}
