import { expect, test } from 'vitest';
import { basketsFromEvents } from '#recommendations/algorithms/baskets.ts';

import { historyOf, interactionsFromEvents } from '#recommendations/algorithms/interactions.ts';
import { ITEM_KNN_DEFAULTS, trainItemKnn } from '#recommendations/algorithms/item-knn.ts';
import { scoreByNeighbours } from '#recommendations/algorithms/item-neighbours.ts';

import { scorePersonalFrequency } from '#recommendations/algorithms/personal-frequency.ts';
import {
  POPULARITY_DEFAULTS,
  scorePopularity,
  trainPopularity,
} from '#recommendations/algorithms/popularity.ts';
import { explainRebuy, REBUY_DEFAULTS, scoreRebuy, trainRebuy } from '#recommendations/algorithms/rebuy.ts';
import { trainRp3beta } from '#recommendations/algorithms/rp3beta.ts';
import {
  scoreSessionKnn,
  SESSION_KNN_DEFAULTS,
  trainSessionKnn,
} from '#recommendations/algorithms/session-knn.ts';
import { scoreTifuKnn, TIFU_KNN_DEFAULTS, trainTifuKnn } from '#recommendations/algorithms/tifu-knn.ts';
import {
  findSharedItems,
  findSimilarUsers,
  trainUserKnn,
  USER_KNN_DEFAULTS,
} from '#recommendations/algorithms/user-knn.ts';
import { selectTopK } from '#numeric/top-k.ts';
import { historyOfItems, shopOf } from './shop.ts';

const DAY_MS = 86_400_000;

test('counts distinct days per item and per customer, with the first and the last time', () => {
  const times = [5, 6, DAY_MS + 1, DAY_MS + 2, 3 * DAY_MS];
  const shop = interactionsFromEvents(1, 2, {
    userIndices: [0, 0, 0, 0, 0],
    itemIndices: [1, 1, 1, 0, 1],
    times,
  });

  const { daysBought, dayCount, firstAt, lastAt } = historyOf(shop, 0);

  expect([...daysBought]).toEqual([1, 3]);
  expect(dayCount).toBe(3);
  expect([...firstAt]).toEqual([DAY_MS + 2, 5]);
  expect([...lastAt]).toEqual([DAY_MS + 2, 3 * DAY_MS]);
});

test('item kNN shrinks the cosine and adds up over the history', () => {
  // Items 0 and 1 share two of their two and three buyers: 2 / (√2 · √3 + 10).
  const shop = shopOf(3, [
    [0, 1],
    [0, 1],
    [1, 2],
  ]);
  const neighbours = trainItemKnn(shop, { ...ITEM_KNN_DEFAULTS, shrinkage: 10 });

  expect(scoreByNeighbours(neighbours, historyOfItems(3, [0]))[1]).toBeCloseTo(2 / (Math.sqrt(6) + 10), 6);
});

test.each([
  ['cosine', 2 / Math.sqrt(2 * 3)],
  ['jaccard', 2 / 3],
  ['asymmetric', 2 / (2 ** 0.3 * 3 ** 0.7)],
] as const)('user kNN finds by %s who shares two items of two and three', (similarity, expected) => {
  const shop = shopOf(5, [
    [0, 1],
    [0, 1, 2],
    [3, 4],
  ]);
  const model = trainUserKnn(shop, { ...USER_KNN_DEFAULTS, similarity, asymmetry: 0.3, shrinkage: 0 });
  const history = historyOf(shop, 0);

  const similar = findSimilarUsers(model, history, 10, 0);

  expect(similar).toEqual([{ userIndex: 1, similarity: expect.closeTo(expected, 9), sharedCount: 2 }]);
  expect([...findSharedItems(model, history, 1)]).toEqual([0, 1]);
});

test('user kNN weighted by idf counts what is rare and not what everybody has', () => {
  // Item 0 is everybody's and counts nothing; items 1 and 2 have two of four users each: (ln 2)².
  const shop = shopOf(4, [
    [0, 1, 2],
    [0, 1, 2],
    [0, 3],
    [0, 3],
  ]);
  const model = trainUserKnn(shop, { ...USER_KNN_DEFAULTS, weighting: 'idf', shrinkage: 1 });
  const measure = 2 * Math.log(2) ** 2;

  expect(findSimilarUsers(model, historyOf(shop, 0), 10, 0)).toEqual([
    { userIndex: 1, similarity: expect.closeTo(measure / (measure + 1), 9), sharedCount: 3 },
  ]);
});

test('user kNN leaves out whoever has nearer ones, where the neighbours choose', () => {
  // To user 1 user 2 is nearer than user 0 is; user 3 has nobody but user 0.
  const shop = shopOf(6, [[0, 1, 5], [0, 1, 2, 3], [0, 1, 2], [5]]);
  const parameters = { ...USER_KNN_DEFAULTS, neighbourCount: 1, shrinkage: 0 };
  const similarTo = (chosenBy: 'customer' | 'neighbour'): number[] =>
    findSimilarUsers(trainUserKnn(shop, { ...parameters, chosenBy }), historyOf(shop, 0), 10, 0).map(
      ({ userIndex }) => userIndex,
    );

  expect(similarTo('customer')).toEqual([2, 1, 3]);
  expect(similarTo('neighbour')).toEqual([3]);
});

test('RP3beta walks from an item to a user to another item and holds popular ones back', () => {
  // From item 0: user 0 (half) goes on to items 0 and 1, user 1 (half) to items 0 and 2; item 2 has two users.
  const shop = shopOf(3, [[0, 1], [0, 2], [2]]);
  const neighbours = trainRp3beta(shop, { neighbourCount: 2, alpha: 1, beta: 1 });

  // 1/4 against 1/4 / 2, scaled to sum 1.
  const scores = scoreByNeighbours(neighbours, historyOfItems(3, [0]));
  expect(scores[1]).toBeCloseTo(2 / 3, 6);
  expect(scores[2]).toBeCloseTo(1 / 3, 6);
});

test('popularity follows the group as far as the group is large', () => {
  const shop = shopOf(2, [[0], [0], [0], [1]]);
  const model = trainPopularity(
    shop,
    { ...POPULARITY_DEFAULTS, groupShrinkage: 1 },
    Number.NaN,
    Int32Array.of(-1, -1, 0, 1),
  );

  expect([...scorePopularity(model)]).toEqual([0.75, 0.25]);
  // (0 + 1 · 0.75) / (1 + 1) and (1 + 1 · 0.25) / (1 + 1)
  expect([...scorePopularity(model, 1)]).toEqual([0.375, 0.625]);
  expect([...scorePopularity(model, 7)]).toEqual([0.75, 0.25]);
});

test('recent popularity halves with every half-life', () => {
  const shop = interactionsFromEvents(2, 2, {
    userIndices: [0, 1],
    itemIndices: [0, 1],
    times: [0, 30 * DAY_MS],
  });
  const { recent } = trainPopularity(shop, { ...POPULARITY_DEFAULTS, halfLifeDays: 30 }, 60 * DAY_MS);

  expect([...recent]).toEqual([0.25, 0.5]);
});

test('rebuy prefers what was bought again on more of the later days, and never what was not bought', () => {
  const shop = shopOf(4, [
    [0, 0, 0, 1, 2],
    [0, 0, 1],
    [1, 2],
  ]);
  const model = trainRebuy(shop, { ...REBUY_DEFAULTS, halfLifeGaps: Infinity });
  const scores = scoreRebuy(model, historyOf(shop, 0), Number.NaN);

  expect([...selectTopK(scores, 4)][0]).toBe(0);
  expect(scores[3]).toBe(-Infinity);
  expect(explainRebuy(model, historyOf(shop, 0), 3, Number.NaN)).toBeNull();
  // Two of two later days, prior mean m and strength s: (2 + m s) / (2 + s).
  const [m, s] = [model.priorMeans[0]!, model.priorStrength];
  expect(scores[0]).toBeCloseTo((2 + m * s) / (2 + s), 9);
});

test('rebuy halves after the set number of usual gaps', () => {
  const shop = shopOf(2, [
    [0, 0, 1],
    [0, 0],
  ]);
  const model = trainRebuy(shop, { ...REBUY_DEFAULTS, halfLifeGaps: 2 });
  const history = historyOf(shop, 0);
  const lastAt = history.lastAt[0]!;
  const { usualGapDays } = explainRebuy(model, history, 0, lastAt)!;
  const at = (gaps: number): number => scoreRebuy(model, history, lastAt + gaps * usualGapDays * DAY_MS)[0]!;

  expect(at(2) / at(0)).toBeCloseTo(0.5, 9);
});

test('personal frequency counts days and lets popularity order equals', () => {
  const shop = shopOf(3, [[0, 1, 1, 2]]);

  expect([
    ...selectTopK(scorePersonalFrequency(Float64Array.of(0.1, 0.2, 0.9), historyOf(shop, 0)), 3),
  ]).toEqual([1, 2, 0]);
});

test('TIFU-KNN decays baskets by age and shares with neighbours', () => {
  const baskets = basketsOf(3, [
    [[0], [1]],
    [[1], [2]],
  ]);
  const parameters = {
    ...TIFU_KNN_DEFAULTS,
    groupSize: 7,
    basketDecay: 0.5,
    ownShare: 0.6,
    neighbourCount: 1,
  };
  const scores = scoreTifuKnn(trainTifuKnn(baskets, parameters), [Uint32Array.of(0), Uint32Array.of(1)], 0);

  // Own: item 0 has 0.5 / 2, item 1 has 1 / 2; the neighbour: item 1 has 0.5 / 2, item 2 has 1 / 2.
  expect([...scores].map((score) => Number(score.toFixed(6)))).toEqual([0.15, 0.4, 0.2]);
});

test('session kNN weighs the last item of a visit most', () => {
  const baskets = basketsOf(4, [[[0, 2]], [[1, 3]]]);
  const model = trainSessionKnn(
    baskets,
    { ...SESSION_KNN_DEFAULTS, positionDecay: 0.5, rarity: 0 },
    Number.NaN,
  );
  const scores = scoreSessionKnn(model, [0, 1]);

  expect(scores[3]).toBeCloseTo(1 / Math.sqrt(2), 9);
  expect(scores[2]).toBeCloseTo(0.5 / Math.sqrt(2), 9);
});

function basketsOf(
  itemCount: number,
  users: readonly (readonly (readonly number[])[])[],
): ReturnType<typeof basketsFromEvents> {
  const events = users.flatMap((days, user) =>
    days.flatMap((items, day) => items.map((item) => ({ user, item, time: day * DAY_MS }))),
  );
  return basketsFromEvents(users.length, itemCount, {
    userIndices: events.map(({ user }) => user),
    itemIndices: events.map(({ item }) => item),
    times: events.map(({ time }) => time),
  });
}
