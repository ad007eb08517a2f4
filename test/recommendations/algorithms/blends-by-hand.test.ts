import { expect, test } from 'vitest';
import { blendScores, learnBlendWeights, rebuySlots } from '#recommendations/algorithms/blend.ts';
import { BPR_DEFAULTS, scoreBpr, trainBpr } from '#recommendations/algorithms/bpr.ts';
import { chooseBySize } from '#recommendations/algorithms/choose.ts';
import { addContentPrior } from '#recommendations/algorithms/cold-items.ts';
import { CONTENT_DEFAULTS, explainContent, trainContent } from '#recommendations/algorithms/content.ts';
import { diversify } from '#recommendations/algorithms/diversify.ts';
import { historyOf } from '#recommendations/algorithms/interactions.ts';

import { explainNeumf } from '#recommendations/algorithms/neumf-explain.ts';
import { NEUMF_DEFAULTS, scoreNeumf, trainNeumf } from '#recommendations/algorithms/neumf.ts';

import { selectTopK } from '#numeric/top-k.ts';
import { historyOfItems, shopOf } from './shop.ts';

test('content names the words that fit, rare ones first', () => {
  const texts = ['red candle', 'red candle', 'red glass', 'blue glass'];
  const model = trainContent(texts, CONTENT_DEFAULTS);
  const words = explainContent(model, historyOfItems(4, [0]), 1).map(({ word }) => word);

  expect(words).toEqual(['candle', 'red']);
  expect(explainContent(model, historyOfItems(4, [0]), 3)).toEqual([]);
});

test('a blend adds standardised scores, the unscored as low as the lowest', () => {
  const blended = blendScores(
    [Float64Array.of(1, 2, 3), Float64Array.of(-Infinity, 10, -Infinity)],
    [1, 0.5],
  );

  expect(blended[1]).toBeGreaterThan(blended[0]!);
  expect(blended[0]! - blended[2]!).toBeCloseTo(-2, 9);
});

test('learns weights that make the quality largest', () => {
  const weights = learnBlendWeights(2, ([left, right]) => -((left! / (left! + right!) - 0.3) ** 2));

  expect(weights[0]).toBeCloseTo(0.3, 1);
  expect(weights[0]! + weights[1]!).toBeCloseTo(1, 9);
});

test('gives slots to rebuying by the customer’s own share once it is known', () => {
  expect(rebuySlots(10, Number.NaN, 0.4, 1)).toBe(4);
  expect(rebuySlots(10, 1, 0.4, 100)).toBe(10);
});

test('diversifies: a near copy waits, and a category has its cap', () => {
  const candidates = Uint32Array.of(10, 11, 12);
  const scores = Float64Array.of(1, 0.95, 0.5);
  const similarity = (left: number, right: number): number => (left + right === 21 ? 1 : 0);
  const pick = (relevance: number, categoryCap: number): number[] => [
    ...diversify(candidates, scores, 2, { relevance, categoryCap }, similarity, (item) =>
      item < 12 ? 'candles' : null,
    ),
  ];

  expect(pick(1, Infinity)).toEqual([10, 11]);
  expect(pick(0.5, Infinity)).toEqual([10, 12]);
  expect(pick(1, 1)).toEqual([10, 12]);
});

test('BPR and NeuMF learn two groups of taste, alike for a seed', () => {
  const shop = shopOf(
    8,
    Array.from({ length: 40 }, (_, user) =>
      [0, 1, 2, 3].filter((item) => item !== user % 4).map((item) => item + (user % 2) * 4),
    ),
  );
  const bpr = trainBpr(shop, { ...BPR_DEFAULTS, factorCount: 4, epochs: 100 }, 1);
  const parameters = {
    ...NEUMF_DEFAULTS,
    productFactors: 4,
    towerWidths: [8, 4],
    batchSize: 32,
    learningRate: 0.01,
    maximumEpochs: 60,
    patience: 60,
  };
  const train = (): Float64Array =>
    scoreNeumf(
      trainNeumf(shop, { ...parameters, productStart: 'adam' }, 1, () => 0),
      0,
    );
  const isOwnGroupFirst = (scores: Float64Array): boolean => selectTopK(scores, 4).every((item) => item < 4);
  let epoch = 0;
  const trained = trainNeumf(shop, { ...parameters, productStart: 'adam' }, 1, () => (epoch += 1));

  expect(isOwnGroupFirst(scoreBpr(bpr, historyOf(shop, 0), 1))).toBe(true);
  expect(isOwnGroupFirst(scoreNeumf(trained, 0))).toBe(true);
  expect(train()).toEqual(train());
});

test('explains NeuMF by the history items that it learned to be alike, and says that this is approximate', () => {
  const groups = Array.from({ length: 40 }, (_, user) =>
    [0, 1, 2, 3].filter((item) => item !== user % 4).map((item) => item + (user % 2) * 4),
  );
  const parameters = {
    ...NEUMF_DEFAULTS,
    productStart: 'adam',
    productFactors: 4,
    towerWidths: [],
    batchSize: 32,
    learningRate: 0.02,
    maximumEpochs: 40,
  } as const;
  let epoch = 0;
  const network = trainNeumf(shopOf(8, groups), parameters, 1, () => (epoch += 1));

  const { isApproximate, parts } = explainNeumf(network, historyOfItems(8, [1, 5]), 2);

  expect(isApproximate).toBe(true);
  expect(parts[0]!.itemIndex).toBe(1);
});

test('scores a new item by its content alone, a well known one by behaviour', () => {
  const behaviour = Float64Array.of(5, 1, 0);
  const content = Float64Array.of(0, 0, 9);

  const [known, , cold] = addContentPrior(behaviour, content, Float64Array.of(1e9, 1e9, 0));

  expect(known).toBeCloseTo(3 / Math.sqrt(7), 6);
  expect(cold).toBeCloseTo(6 / Math.sqrt(27), 6);
});

test('keeps the best epoch of NeuMF, not the last', () => {
  const shop = shopOf(
    8,
    Array.from({ length: 10 }, (_, user) => [user % 8, (user + 1) % 8]),
  );
  const parameters = {
    ...NEUMF_DEFAULTS,
    productFactors: 0,
    towerWidths: [8, 4],
    batchSize: 8,
    maximumEpochs: 3,
    patience: 3,
  };
  const seen: Float64Array[] = [];
  const best = trainNeumf(shop, parameters, 1, (network) => {
    seen.push(scoreNeumf(network, 0));
    return seen.length === 2 ? 1 : 0;
  });

  expect(scoreNeumf(best, 0)).toEqual(seen[1]);
  expect(scoreNeumf(best, 0)).not.toEqual(seen[3]);
});

test('leaves methods out that a catalogue is too large for', () => {
  const left = chooseBySize(50_000, 10_000_000).filter(({ isFit }) => !isFit);

  expect(left.map(({ algorithm }) => algorithm)).toEqual(['edlae', 'slim', 'mlp', 'neumf']);
  expect(chooseBySize(1000, 1000).every(({ isFit }) => isFit)).toBe(true);
});

/** Baskets per user, a day apart. */
