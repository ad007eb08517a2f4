/** Predicts held-out ratings by every neighbourhood method and measures the errors. */

import { createRandom } from '#numeric/random.ts';
import { type SparseMatrix, sparseFromTriples } from '#numeric/sparse.ts';
import { BASELINE_DEFAULTS, baselineOf, fitBaseline } from '#recommendations/algorithms/rating-baseline.ts';
import {
  predictRating,
  RATING_NEIGHBOUR_DEFAULTS,
  type RatingNeighbourParameters,
  similaritiesOf,
  trainRatingNeighbours,
} from '#recommendations/algorithms/rating-neighbours.ts';
import { type EventTable } from './events.ts';
import { UnfitDataError } from './interactions-file.ts';
import { measureErrors } from '#recommendations/training/ranking-metrics.ts';
import { type ReportRow } from './report.ts';

/** One rating per entry. */
export type Ratings = {
  readonly userIndices: Uint32Array;
  readonly itemIndices: Uint32Array;
  readonly ratings: Float32Array;
};

export type RatingSplit = {
  readonly name: string;
  readonly userCount: number;
  readonly itemCount: number;
  readonly train: Ratings;
  readonly test: Ratings;
};

// Chosen by RMSE on a random fifth of the training part of fold u1 of MovieLens-100K.
const BETWEEN_USERS = { neighbourCount: 60, shrinkage: 100, amplification: 1, priorWeight: 0.2 };
const BETWEEN_ITEMS = { neighbourCount: 60, shrinkage: 100, amplification: 1.5, priorWeight: 0.05 };

const METHODS: Readonly<Record<string, RatingNeighbourParameters>> = {
  'user-pearson-baseline': { ...RATING_NEIGHBOUR_DEFAULTS, between: 'users', ...BETWEEN_USERS },
  'item-pearson-baseline': { ...RATING_NEIGHBOUR_DEFAULTS, between: 'items', ...BETWEEN_ITEMS },
  'user-pearson': { ...RATING_NEIGHBOUR_DEFAULTS, between: 'users', ...BETWEEN_USERS, centring: 'user-mean' },
  'item-pearson': { ...RATING_NEIGHBOUR_DEFAULTS, between: 'items', ...BETWEEN_ITEMS, centring: 'item-mean' },
  'item-adjusted-cosine': {
    ...RATING_NEIGHBOUR_DEFAULTS,
    between: 'items',
    ...BETWEEN_ITEMS,
    centring: 'user-mean',
  },
};

type Prediction = { readonly predicted: Float64Array; readonly seconds: number };

const MEAN_OF_BOTH = 'mean-of-user-and-item';

/** By name; the last is the mean of the two on baseline residuals. */
export const RATING_METHODS: readonly string[] = ['baseline', ...Object.keys(METHODS), MEAN_OF_BOTH];

/** @throws {UnfitDataError} there is no such method */
export function selectRatingMethods(asked: readonly string[]): readonly string[] {
  const unknown = asked.find((name) => !RATING_METHODS.includes(name));
  if (unknown === undefined) return asked;
  throw new UnfitDataError(`expected algorithms of ${RATING_METHODS.join(', ')}; got ${unknown}`);
}

/** Mean errors over the splits. @param methods of RATING_METHODS; others are not trained */
export function measureRatings(
  protocol: string,
  splits: readonly RatingSplit[],
  methods: readonly string[],
  progress: (message: string) => void,
): readonly ReportRow[] {
  const sums = new Map<string, { rmse: number; mae: number; seconds: number }>();
  for (const split of splits) {
    for (const [name, { predicted, seconds }] of predictSplit(split, methods)) {
      const { rmse, mae } = measureErrors(predicted, split.test.ratings);
      const sum = sums.get(name) ?? { rmse: 0, mae: 0, seconds: 0 };
      sums.set(name, { rmse: sum.rmse + rmse, mae: sum.mae + mae, seconds: sum.seconds + seconds });
    }
    progress(`${protocol}: ${split.name}`);
  }
  return Array.from(sums, ([algorithm, { rmse, mae, seconds }]) => ({
    protocol,
    algorithm,
    metrics: { rmse: rmse / splits.length, mae: mae / splits.length },
    intervals: {},
    trainSeconds: seconds / splits.length,
    userCount: new Set(splits.flatMap(({ test }) => [...test.userIndices])).size,
    hyperParameters: METHODS[algorithm] ?? BASELINE_DEFAULTS,
  }));
}

/** Holds out a random fifth of the ratings; null without any, or if all are equal. */
export function splitRatings(table: EventTable, seed: number): RatingSplit | null {
  const { ratings } = table;
  if (!ratings || ratings.every((rating) => rating === ratings[0])) return null;
  const random = createRandom(seed);
  const isHidden = Uint8Array.from(ratings, () => (random.uniform() < 0.2 ? 1 : 0));
  const pick = (hidden: number): Ratings => {
    const kept = Uint32Array.from(ratings.keys()).filter((event) => isHidden[event] === hidden);
    return {
      userIndices: kept.map((event) => table.userIndices[event]!),
      itemIndices: kept.map((event) => table.itemIndices[event]!),
      ratings: Float32Array.from(kept, (event) => ratings[event]!),
    };
  };
  const [train, test] = [pick(0), pick(1)];
  if (train.ratings.length === 0 || test.ratings.length === 0) return null;
  return {
    name: 'random fifth',
    userCount: table.userIds.length,
    itemCount: table.itemIds.length,
    train,
    test,
  };
}

function predictSplit(split: RatingSplit, methods: readonly string[]): ReadonlyMap<string, Prediction> {
  const predictions = new Map<string, Prediction>();
  const predict = (name: string): Prediction => {
    const known = predictions.get(name);
    if (known !== undefined) return known;
    if (name === 'baseline') return predictByBaseline(split);
    if (name !== MEAN_OF_BOTH) return predictByNeighbours(split, METHODS[name]!);
    const [users, items] = [predict('user-pearson-baseline'), predict('item-pearson-baseline')];
    return {
      predicted: users.predicted.map((rating, index) => (rating + items.predicted[index]!) / 2),
      seconds: users.seconds + items.seconds,
    };
  };
  for (const name of RATING_METHODS) if (methods.includes(name)) predictions.set(name, predict(name));
  return predictions;
}

function predictByNeighbours(split: RatingSplit, parameters: RatingNeighbourParameters): Prediction {
  const started = performance.now();
  const model = trainRatingNeighbours(ratingMatrix(split), parameters);
  const similarities = new Map<number, Float64Array>();
  const predicted = predictAll(split, (user, item) => {
    const row = parameters.between === 'users' ? user : item;
    if (!similarities.has(row)) similarities.set(row, similaritiesOf(model, row));
    return predictRating(model, similarities.get(row)!, user, item);
  });
  return { predicted, seconds: (performance.now() - started) / 1000 };
}

function predictByBaseline(split: RatingSplit): Prediction {
  const started = performance.now();
  const baseline = fitBaseline(ratingMatrix(split), BASELINE_DEFAULTS);
  const predicted = predictAll(split, (user, item) => baselineOf(baseline, user, item));
  return { predicted, seconds: (performance.now() - started) / 1000 };
}

/** Predictions clipped to the range of the known ratings. */
function predictAll(
  { train, test }: RatingSplit,
  predict: (user: number, item: number) => number,
): Float64Array {
  const lowest = train.ratings.reduce((low, rating) => Math.min(low, rating), Infinity);
  const highest = train.ratings.reduce((high, rating) => Math.max(high, rating), -Infinity);
  return Float64Array.from(test.ratings, (_, index) => {
    const rating = predict(test.userIndices[index]!, test.itemIndices[index]!);
    return Math.min(highest, Math.max(lowest, rating));
  });
}

/** Users × items with the known ratings; repeated ones by their mean. */
function ratingMatrix({ userCount, itemCount, train }: RatingSplit): SparseMatrix {
  const { userIndices, itemIndices, ratings } = train;
  const sums = sparseFromTriples(userCount, itemCount, userIndices, itemIndices, ratings);
  const counts = sparseFromTriples(
    userCount,
    itemCount,
    userIndices,
    itemIndices,
    new Uint8Array(ratings.length).fill(1),
  );
  return { ...sums, values: sums.values.map((sum, slot) => sum / counts.values[slot]!) };
}
