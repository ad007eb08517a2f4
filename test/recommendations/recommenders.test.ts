/** Serving kernels against the plain algorithms that they must agree with, and reasons against scores. */
import { createRandom } from '#numeric/random.ts';
import { basketHistoryOf } from '#recommendations/algorithms/baskets.ts';
import { historyOf } from '#recommendations/algorithms/interactions.ts';
import { scoreByNeighbours } from '#recommendations/algorithms/item-neighbours.ts';
import { scoreRebuy, trainRebuy, REBUY_DEFAULTS } from '#recommendations/algorithms/rebuy.ts';
import {
  findSimilarUsers,
  scoreUserKnn,
  trainUserKnn,
  USER_KNN_DEFAULTS,
} from '#recommendations/algorithms/user-knn.ts';
import { EDGE_KINDS } from '#recommendations/algorithms/social.ts';
import { createIdIndex } from '#recommendations/histories/id-index.ts';
import type {
  AlgorithmName,
  ModelParts,
  Recommender,
  RecommenderKind,
  TrainingData,
  UserQuery,
} from '#recommendations/recommenders/recommender.ts';
import { purchasesOfItems } from '#recommendations/histories/purchases.ts';
import { itemKnn } from '#recommendations/recommenders/item-knn.ts';
import { methods } from '#recommendations/recommenders/registry.ts';
import { popularity } from '#recommendations/recommenders/popularity.ts';
import { rankAtOnce } from '#recommendations/recommenders/ranking.ts';
import { rebuy } from '#recommendations/recommenders/rebuy.ts';
import { userKnn } from '#recommendations/recommenders/user-knn.ts';
import { createTopK } from '#recommendations/serving/top-k.ts';
import { describe, expect, test } from 'vitest';

import { FIRST_CUSTOMER, idOf, makeTrainingData } from './training-data.ts';

const CUSTOMERS = 120;
const ITEMS = 40;
const DAY_MS = 86_400_000;
const NOW_MS = 400 * DAY_MS;

const data = makeShop(7);
const items = createIdIndex(data.productIds);

/** Customers of two tastes who buy for a year; a fifth of them live in the second country. */
function makeShop(seed: number): TrainingData {
  const random = createRandom(seed);
  const userIndices: number[] = [];
  const itemIndices: number[] = [];
  const times: number[] = [];
  for (let user = 0; user < CUSTOMERS; user += 1) {
    const lineCount = 3 + random.integer(15);
    for (let line = 0; line < lineCount; line += 1) {
      userIndices.push(user);
      itemIndices.push((user % 2) * 15 + random.integer(25));
      times.push(random.integer(365) * DAY_MS);
    }
  }
  const purchases = { userIndices, itemIndices, times };
  return makeTrainingData(CUSTOMERS, ITEMS, purchases, {
    countries: Int32Array.from({ length: CUSTOMERS }, (_, user) => (user % 5 === 0 ? 1 : 0)),
    countryNames: ['GB', 'FR'],
    segments: [{ name: 'Early', userIndices: Uint32Array.from({ length: 30 }, (_, user) => user) }],
    productTexts: Array.from(
      { length: ITEMS },
      (_, item) =>
        `${item < 20 ? 'tea cup' : 'garden lamp'} brand:b${item % 3} ${item % 4 === 0 ? 'red' : 'blue'}`,
    ),
  });
}

function visitorOf(user: number): UserQuery {
  const history = historyOf(data.interactions, user);
  return {
    history,
    customerId: idOf(FIRST_CUSTOMER + user),
    country: user % 5 === 0 ? 'FR' : 'GB',
    nowMs: NOW_MS,
    baskets: () => basketHistoryOf(data.baskets, user),
    connected: () =>
      EDGE_KINDS.map((kind, index) => ({
        kind,
        history: historyOf(data.interactions, (user + 2 * index + 2) % CUSTOMERS),
      })),
  };
}

/** Small enough for a test; what is learned must be right all the same. */
const SMALLER: Partial<Record<AlgorithmName, object>> = {
  ials: { factorCount: 8, epochs: 3 },
  bpr: { factorCount: 8, epochs: 5 },
  mlp: { towerWidths: [16, 8], maximumEpochs: 2, batchSize: 256 },
  neumf: { productFactors: 8, towerWidths: [16, 8], maximumEpochs: 2, batchSize: 256 },
};

const trained = new Map<AlgorithmName, ModelParts>();

/** In the order of the registry, so that a blend finds its members. */
function openTrained({ algorithm, ...kind }: RecommenderKind): Recommender {
  const parts =
    trained.get(algorithm) ??
    kind.train(data, { ...kind.hyperparameters, ...SMALLER[algorithm] }, 1, trained);
  trained.set(algorithm, parts);
  return kind.open(parts, items);
}

function rankAll(recommender: Recommender, visitor: UserQuery): Map<number, number> {
  const top = createTopK(ITEMS, new Uint8Array(ITEMS).fill(1), new Set(), 'any');
  rankAtOnce(recommender, visitor, top);
  const scored = top.itemIndices.map((item, index) => [item, top.scores[index]!] as const);
  // What cannot be scored is in no list.
  return new Map(scored.filter(([, score]) => score > Number.NEGATIVE_INFINITY));
}

/** Positive scores by item, to ten digits: the order of a sum may differ. */
function roundScores(scores: Iterable<readonly [number, number]>): Record<number, string> {
  return Object.fromEntries(
    Array.from(scores)
      .filter(([, score]) => score > 0)
      .map(([item, score]) => [item, score.toPrecision(10)]),
  );
}

describe('every recommender', () => {
  test.for(methods.map(({ kind }) => [kind.algorithm, kind] as const))(
    '%s gives scores whose parts add up to them',
    ([, kind]) => {
      const recommender = openTrained(kind);
      for (let user = 0; user < CUSTOMERS; user += 7) {
        const visitor = visitorOf(user);
        const scores = rankAll(recommender, visitor);
        expect(scores.size).toBeGreaterThan(0);
        for (const [item, score] of scores) {
          const sum = recommender.explain(visitor, item).reduce((total, part) => total + part.weight, 0);
          expect(sum).toBeCloseTo(score, 8);
        }
      }
    },
  );

  test.for(methods.map(({ kind }) => [kind.algorithm, kind] as const))(
    '%s adds up for a basket of somebody unknown too, whatever its items weigh',
    ([, kind]) => {
      const recommender = openTrained(kind);
      const { history } = purchasesOfItems(
        new Map([
          [3, 0.2],
          [17, 1],
          [30, 0.5],
        ]),
      );
      const visitor: UserQuery = { history, customerId: null, country: null, nowMs: NOW_MS };

      for (const [item, score] of rankAll(recommender, visitor)) {
        const sum = recommender.explain(visitor, item).reduce((total, part) => total + part.weight, 0);
        expect(sum).toBeCloseTo(score, 8);
      }
      const nobody = { ...visitor, history: purchasesOfItems(new Map()).history };
      const isForAnybody = kind.algorithm === 'popularity';
      expect(rankAll(recommender, nobody).size > 0).toBe(isForAnybody);
    },
  );

  test.for(methods.map(({ kind }) => [kind.algorithm, kind] as const))(
    '%s answers the same whoever asked before',
    ([, kind]) => {
      const recommender = openTrained(kind);
      const first = rankAll(recommender, visitorOf(3));
      rankAll(recommender, visitorOf(50));

      expect(rankAll(recommender, visitorOf(3))).toEqual(first);
    },
  );
});

describe('the fast kernels agree with the plain algorithms', () => {
  test('item kNN', () => {
    const parts = itemKnn.train(data, itemKnn.hyperparameters, 1);
    const neighbours = {
      rowCount: ITEMS,
      columnCount: ITEMS,
      offsets: parts['neighbours.offsets.u32'] as Uint32Array,
      columns: parts['neighbours.columns.u32'] as Uint32Array,
      values: parts['neighbours.values.f32'] as Float32Array,
    };
    for (let user = 0; user < CUSTOMERS; user += 1) {
      const visitor = visitorOf(user);
      expect(roundScores(rankAll(itemKnn.open(parts, items), visitor))).toEqual(
        roundScores(scoreByNeighbours(neighbours, visitor.history).entries()),
      );
    }
  });

  test('rebuy', () => {
    const model = trainRebuy(data.interactions, REBUY_DEFAULTS);
    const recommender = rebuy.open(rebuy.train(data, rebuy.hyperparameters, 1), items);
    for (let user = 0; user < CUSTOMERS; user += 1) {
      const visitor = visitorOf(user);
      expect(roundScores(rankAll(recommender, visitor))).toEqual(
        roundScores(scoreRebuy(model, visitor.history, NOW_MS).entries()),
      );
    }
  });

  test('user kNN, and nobody is similar to themselves', () => {
    const parameters = { ...USER_KNN_DEFAULTS, neighbourCount: 10 };
    const model = trainUserKnn(data.interactions, parameters);
    const recommender = userKnn.open(userKnn.train(data, parameters, 1), items);
    for (let user = 0; user < CUSTOMERS; user += 1) {
      const visitor = visitorOf(user);
      const expected = findSimilarUsers(model, visitor.history, 10, user);
      const { itemIndices } = visitor.history;
      const self = recommender.indexOf(visitor.customerId!);
      const found = recommender.findSimilar(itemIndices, 10, self);

      expect(found.userIndices.map((other) => recommender.idOf(other))).toEqual(
        expected.map(({ userIndex }) => idOf(FIRST_CUSTOMER + userIndex)),
      );
      expect(found.userIndices.map((other) => recommender.findShared(itemIndices, other).length)).toEqual(
        expected.map(({ sharedCount }) => sharedCount),
      );
      found.similarities.forEach((similarity, index) =>
        expect(similarity).toBeCloseTo(expected[index]!.similarity, 12),
      );
      expect(roundScores(rankAll(recommender, visitor))).toEqual(
        roundScores(scoreUserKnn(model, visitor.history, user).entries()),
      );
    }
  });
});

test('popularity ranks by the share within the country and tells how many customers stand behind it', () => {
  const recommender = openTrained(popularity);
  const visitor = { ...visitorOf(0), country: 'FR' };
  const [[best] = [-1]] = rankAll(recommender, visitor);

  const [inCountry, everywhere] = recommender.explain(visitor, best);

  const buyers = Array.from({ length: CUSTOMERS }, (_, user) => user).filter((user) =>
    historyOf(data.interactions, user).itemIndices.includes(best),
  );
  expect(everywhere).toMatchObject({ country: null, customerCount: buyers.length });
  expect(inCountry).toMatchObject({
    country: 'FR',
    customerCount: buyers.filter((user) => user % 5 === 0).length,
  });
});

test('similar customers are the same looked up and searched for, also after a new purchase', () => {
  const trained = userKnn.train(data, userKnn.hyperparameters, 1);
  const prepared = userKnn.prepareServing!(trained, items);
  const searching = userKnn.open(trained, items);
  const lookingUp = userKnn.open({ ...trained, ...prepared }, items);

  for (let user = 0; user < CUSTOMERS; user += 1) {
    const { itemIndices } = historyOf(data.interactions, user);
    for (const count of [1, 5, 12, 13]) {
      for (const items of [itemIndices, itemIndices.slice(1)]) {
        const found = searching.findSimilar(items, count, user);
        expect(lookingUp.findSimilar(items, count, user)).toEqual(found);
      }
      const { userIndices } = searching.findSimilar(itemIndices, Math.min(count, 12), user);
      expect(lookingUp.findTrained(user, count)).toEqual(userIndices);
    }
  }
});
