/** Against other people's solvers: the fixture was computed once with NumPy 2.4.6 and scikit-learn 1.9.1. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type EaseModel, trainEase } from '#recommendations/algorithms/ease.ts';
import { IALS_DEFAULTS, trainIals } from '#recommendations/algorithms/ials.ts';
import { scoreIals, scoreIalsUser } from '#recommendations/algorithms/ials-fold-in.ts';
import { historyOf } from '#recommendations/algorithms/interactions.ts';
import { ITEM_KNN_DEFAULTS, trainItemKnn } from '#recommendations/algorithms/item-knn.ts';
import { type ItemNeighbours } from '#recommendations/algorithms/item-neighbours.ts';
import { trainSlim } from '#recommendations/algorithms/slim.ts';
import { shopOf } from './shop.ts';

type Oracle = {
  readonly users: readonly (readonly number[])[];
  readonly itemCount: number;
  readonly ease: { readonly l2: number; readonly weights: number[][] };
  readonly edlae: { readonly l2: number; readonly dropout: number; readonly weights: number[][] };
  readonly slim: { readonly l1: number; readonly l2: number; readonly weights: number[][] };
  readonly cosine: number[][];
  readonly ials: {
    readonly factors: number[][];
    readonly scores: number[];
    readonly unobservedWeight: number;
    readonly regularisation: number;
  };
};

const oracle = JSON.parse(readFileSync(new URL('./oracle.json', import.meta.url), 'utf8')) as Oracle;
const shop = shopOf(oracle.itemCount, oracle.users);

test('EASE and EDLAE have the weights of a NumPy inverse', () => {
  expect(
    largestGap(easeRows(trainEase(shop, { l2: oracle.ease.l2, dropout: 0 })), oracle.ease.weights),
  ).toBeLessThan(1e-4);
  const { l2, dropout, weights } = oracle.edlae;
  expect(largestGap(easeRows(trainEase(shop, { l2, dropout })), weights)).toBeLessThan(1e-4);
});

test('SLIM has the weights of scikit-learn’s non-negative elastic net', () => {
  const { l1, l2, weights } = oracle.slim;
  const parameters = { l1, l2, isPositive: true, maximumRounds: 1000, tolerance: 1e-9, neighbourCount: 12 };

  expect(largestGap(neighbourRows(trainSlim(shop, parameters)), weights)).toBeLessThan(1e-4);
});

test('item kNN has the cosines of scikit-learn', () => {
  const parameters = { ...ITEM_KNN_DEFAULTS, neighbourCount: 12, shrinkage: 0 };

  expect(largestGap(neighbourRows(trainItemKnn(shop, parameters)), oracle.cosine)).toBeLessThan(1e-5);
});

test('iALS folds a history in to the scores of NumPy’s solver', () => {
  const { factors, scores, unobservedWeight, regularisation } = oracle.ials;
  const gram = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => factors.reduce((sum, values) => sum + values[row]! * values[column]!, 0)),
  );
  const model = {
    itemCount: oracle.itemCount,
    userFactors: new Float32Array(),
    itemFactors: Float32Array.from(factors.flat()),
    gram: Float64Array.from(gram),
    parameters: { ...IALS_DEFAULTS, factorCount: 3, unobservedWeight, regularisation },
  };

  expect(largestGap([[...scoreIals(model, historyOf(shop, 0))]], [scores])).toBeLessThan(1e-4);
});

test('iALS folds a known history in to what training found for the user', () => {
  const parameters = { ...IALS_DEFAULTS, factorCount: 5, epochs: 3, regularisation: 0.05, solverSteps: 5 };
  const model = trainIals(shop, parameters, 1);

  for (let user = 0; user < oracle.users.length; user += 1) {
    const gap = largestGap([[...scoreIals(model, historyOf(shop, user))]], [[...scoreIalsUser(model, user)]]);
    expect(gap).toBeLessThan(1e-4);
  }
});

test('iALS may end with the items, as the published runs do: the customers are then those of the round before', () => {
  const parameters = { ...IALS_DEFAULTS, factorCount: 5, epochs: 3, regularisation: 0.05 };
  const endingWithItems = trainIals(shop, { ...parameters, solvesUsersLast: false }, 1);
  const endingWithUsers = trainIals(shop, parameters, 1);

  expect(endingWithItems.itemFactors).toEqual(endingWithUsers.itemFactors);
  const before = trainIals(shop, { ...parameters, epochs: 2 }, 1);
  expect(endingWithItems.userFactors).toEqual(before.userFactors);
});

function easeRows({ itemCount, weights, rowStride }: EaseModel): number[][] {
  return Array.from({ length: itemCount }, (_, row) => [
    ...weights.subarray(row * rowStride, row * rowStride + itemCount),
  ]);
}

function neighbourRows({ rowCount, columnCount, offsets, columns, values }: ItemNeighbours): number[][] {
  return Array.from({ length: rowCount }, (_, row) => {
    const dense = Array.from({ length: columnCount }, () => 0);
    for (let slot = offsets[row]!; slot < offsets[row + 1]!; slot += 1) dense[columns[slot]!] = values[slot]!;
    return dense;
  });
}

/** NaN where a value is missing. */
function largestGap(actual: readonly number[][], expected: readonly number[][]): number {
  const gaps = expected.flatMap((values, row) =>
    values.map((value, column) => Math.abs(value - actual[row]![column]!)),
  );
  return Math.max(...gaps);
}
