/** The suite on MovieLens-100K: predicted ratings on the five published folds. */

import {
  predictRating,
  RATING_NEIGHBOUR_DEFAULTS,
  type RatingNeighbourParameters,
  similaritiesOf,
  trainRatingNeighbours,
} from '../../algorithms/rating-neighbours.ts';
import { fitBaseline, baselineOf, BASELINE_DEFAULTS } from '../../algorithms/rating-baseline.ts';
import { type RatingFold, ratingMatrix, type Ratings, readRatingFolds } from '../datasets/movielens-100k.ts';
import { measureErrors } from '../metrics.ts';
import { type ReportRow } from '../report.ts';

export const ML100K_PROTOCOL = 'MovieLens-100K, folds u1 to u5, mean over folds; predictions are cut to 1-5';
export const ML100K_TUNING = 'a grid on one random fifth of the training part of u1';

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

/** Errors of every method and of the mean of the two on baseline residuals. */
export function runMl100k(progress: (message: string) => void): readonly ReportRow[] {
  const errors = new Map<string, { rmse: number; mae: number; seconds: number }>();
  const folds = readRatingFolds();
  for (const fold of folds) {
    const predictions = new Map<string, Prediction>([['baseline', predictByBaseline(fold)]]);
    for (const [name, parameters] of Object.entries(METHODS))
      predictions.set(name, predictFold(fold, parameters));
    predictions.set(
      'mean-of-user-and-item',
      meanOf(predictions.get('user-pearson-baseline')!, predictions.get('item-pearson-baseline')!),
    );
    for (const [name, { predicted, seconds }] of predictions) {
      const { rmse, mae } = measureErrors(predicted, fold.test.ratings);
      const sum = errors.get(name) ?? { rmse: 0, mae: 0, seconds: 0 };
      errors.set(name, { rmse: sum.rmse + rmse, mae: sum.mae + mae, seconds: sum.seconds + seconds });
    }
    progress(`ml100k: fold ${fold.name}`);
  }
  return Array.from(errors, ([algorithm, { rmse, mae, seconds }]) => ({
    protocol: 'ml100k',
    algorithm,
    metrics: { rmse: rmse / folds.length, mae: mae / folds.length },
    intervals: {},
    trainSeconds: seconds / folds.length,
    userCount: 943,
    hyperParameters: METHODS[algorithm] ?? {},
  }));
}

function predictFold({ train, test }: RatingFold, parameters: RatingNeighbourParameters): Prediction {
  const started = performance.now();
  const model = trainRatingNeighbours(ratingMatrix(train), parameters);
  const similarities = new Map<number, Float64Array>();
  const predicted = predictAll(test, (user, item) => {
    const row = parameters.between === 'users' ? user : item;
    if (!similarities.has(row)) similarities.set(row, similaritiesOf(model, row));
    return predictRating(model, similarities.get(row)!, user, item);
  });
  return { predicted, seconds: (performance.now() - started) / 1000 };
}

function predictByBaseline({ train, test }: RatingFold): Prediction {
  const started = performance.now();
  const baseline = fitBaseline(ratingMatrix(train), BASELINE_DEFAULTS);
  const predicted = predictAll(test, (user, item) => baselineOf(baseline, user, item));
  return { predicted, seconds: (performance.now() - started) / 1000 };
}

function predictAll(test: Ratings, predict: (user: number, item: number) => number): Float64Array {
  return Float64Array.from(test.ratings, (_, index) => {
    const rating = predict(test.userIndices[index]!, test.itemIndices[index]!);
    return Math.min(5, Math.max(1, rating));
  });
}

function meanOf(left: Prediction, right: Prediction): Prediction {
  return {
    predicted: left.predicted.map((rating, index) => (rating + right.predicted[index]!) / 2),
    seconds: left.seconds + right.seconds,
  };
}
