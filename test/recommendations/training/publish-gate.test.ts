import { chooseDefault, compareToServing } from '#recommendations/training/publish-gate.ts';
import { holdOutLastDay } from '#recommendations/training/holdout.ts';
import { createIdIndex, packIds } from '#recommendations/histories/id-index.ts';
import { compareModels, measureModel, shareCases } from '#recommendations/training/model-quality.ts';
import { planTraining } from '#recommendations/training/plan.ts';
import { itemKnn } from '#recommendations/recommenders/item-knn.ts';
import { rebuy } from '#recommendations/recommenders/rebuy.ts';
import type { Recommender } from '#recommendations/recommenders/recommender.ts';
import { describe, expect, test } from 'vitest';

import { idOf, makeTrainingData } from '../training-data.ts';

const DAY_MS = 86_400_000;
const USERS = 80;
const ITEMS = 20;

/** Whoever buys an even item buys the next odd one later; half of the customers have done so already, on one day. */
const purchases = Array.from({ length: USERS }, (_, user) => {
  const item = (user % 10) * 2;
  return [
    { user, item, day: 1 },
    { user, item: item + 1, day: user < USERS / 2 ? 1 : 8 },
  ];
}).flat();
const data = makeTrainingData(USERS, ITEMS, {
  userIndices: purchases.map(({ user }) => user),
  itemIndices: purchases.map(({ item }) => item),
  times: purchases.map(({ day }) => day * DAY_MS),
});
const holdout = holdOutLastDay(data);
const items = createIdIndex(data.productIds);

function modelOf(kind: typeof itemKnn | typeof rebuy) {
  return { recommender: kind.open(kind.train(holdout.data, kind.hyperparameters, 1), items), items };
}

/** Recommends nothing at all. */
const silent: Recommender = { rank() {}, explain: () => [] };

describe('a measurement', () => {
  test('finds a method good that foretells what customers bought next', () => {
    const metrics = measureModel(modelOf(itemKnn), 'discover', holdout, holdout.cases, 1);

    expect(metrics).toEqual({
      'ndcg@10': 1,
      'ndcg@10.low': 1,
      'ndcg@10.high': 1,
      'hr@10': 1,
      'recall@10': 1,
      cases: USERS / 2,
    });
  });

  test('is empty where nobody bought what the list is about', () => {
    expect(measureModel(modelOf(rebuy), 'rebuy', holdout, holdout.cases, 1)).toEqual({});
  });

  test('asks for other customers than weights are learned on', () => {
    const cases = Array.from({ length: 400 }, (_, userIndex) => ({ ...holdout.cases[0]!, userIndex }));

    const { measured, tuning } = shareCases(cases);

    expect(measured.length + tuning.length).toBe(400);
    expect(new Set([...measured, ...tuning]).size).toBe(400);
    expect(shareCases(cases.slice(0, 40))).toEqual({ measured: cases.slice(0, 40), tuning: [] });
  });
});

describe('a comparison with the model that serves', () => {
  test('is made on the days that it has not seen', () => {
    const worse = { recommender: silent, items, dataToMs: 7 * DAY_MS };

    const metrics = compareModels(modelOf(itemKnn), worse, 'discover', holdout, 1);

    expect(metrics).toMatchObject({ 'newest.cases': 40, 'newest.difference': 1, 'newest.difference.low': 1 });
  });

  test('is left out where it has seen them all', () => {
    const present = { recommender: silent, items, dataToMs: 8 * DAY_MS };

    expect(compareModels(modelOf(itemKnn), present, 'discover', holdout, 1)).toEqual({});
  });

  test('is fair to a model with other products, whose row numbers are not ours', () => {
    // A product that is gone stands before all others, and one of ours is not known to it.
    const ids = [
      '00000000-0000-0000-0000-000000000001',
      ...Array.from({ length: ITEMS - 1 }, (_, item) => idOf(item)),
    ];
    const others = createIdIndex(packIds(ids));
    const shifted = makeTrainingData(USERS, ITEMS, {
      userIndices: purchases.filter(({ item }) => item < ITEMS - 1).map(({ user }) => user),
      itemIndices: purchases.filter(({ item }) => item < ITEMS - 1).map(({ item }) => item + 1),
      times: purchases.filter(({ item }) => item < ITEMS - 1).map(() => 0),
    });
    const present = {
      recommender: itemKnn.open(itemKnn.train(shifted, itemKnn.hyperparameters, 1), others),
      items: others,
      dataToMs: 7 * DAY_MS,
    };

    const metrics = compareModels(modelOf(itemKnn), present, 'discover', holdout, 1);

    // Nine of ten pairs of products are known to both.
    expect(metrics['newest.present.ndcg@10']).toBeCloseTo(0.9, 12);
    expect(metrics['newest.ndcg@10']).toBe(1);
  });
});

describe('a version', () => {
  const measured = (ndcg: number, spread = 0.01, cases = 500) => ({
    'ndcg@10': ndcg,
    'ndcg@10.low': ndcg - spread,
    'ndcg@10.high': ndcg + spread,
    cases,
  });
  const small = { customerCount: 2000, productCount: 300 };
  const present = { version: 4, metrics: measured(0.2) };

  test.for([
    ['is the first', measured(0), null, true],
    ['is better', measured(0.3), present, true],
    ['is worse by less than the intervals', measured(0.185), present, true],
    ['is worse by more than the intervals', measured(0.17), present, false],
    ['has too few customers to tell', measured(0.1, 0.01, 12), present, true],
    ['was measured by nobody', {}, present, true],
    [
      'is worse on the newest days beyond chance, whatever it was on others',
      { ...measured(0.3), 'newest.difference': -0.02, 'newest.difference.high': -0.001 },
      present,
      false,
    ],
    [
      'is worse on the newest days within chance',
      { ...measured(0.1), 'newest.difference': -0.02, 'newest.difference.high': 0.001 },
      present,
      true,
    ],
  ] as const)('that %s', ([, next, before, isPublished]) => {
    expect(compareToServing(next, before)).toMatchObject({ isPublished, note: expect.stringMatching(/\.$/) });
  });

  test('is the default of a list where it is the cheapest of those as good as the best', () => {
    const metrics = new Map([
      ['blend', measured(0.24)],
      ['ease', measured(0.235)],
      ['rp3beta', measured(0.225)],
      ['item-knn', measured(0.226)],
      ['popularity', measured(0.5)],
      ['rebuy', measured(0.7)],
    ] as const);

    // The intervals of both begin to overlap that of the blend, and of the two item kNN is better.
    expect(chooseDefault('discover', metrics, small)).toBe('item-knn');
    expect(chooseDefault('discover', new Map([...metrics, ['blend', measured(0.3)]]), small)).toBe('blend');
    expect(chooseDefault('rebuy', metrics, small)).toBe('rebuy');
  });

  test('is what connected people bought only where nothing else is as good', () => {
    const metrics = new Map([
      ['social', measured(0.24)],
      ['blend', measured(0.235)],
    ] as const);

    expect(chooseDefault('discover', metrics, small)).toBe('blend');
    expect(chooseDefault('discover', new Map([...metrics, ['blend', measured(0.1)]]), small)).toBe('social');
  });

  test('is no default where it takes too long for a page, however good it is', () => {
    const metrics = new Map([
      ['ease', measured(0.3)],
      ['rp3beta', measured(0.2)],
    ] as const);

    expect(chooseDefault('discover', metrics, small)).toBe('ease');
    expect(chooseDefault('discover', metrics, { customerCount: 100_000, productCount: 20_000 })).toBe(
      'rp3beta',
    );
  });

  test('is the usual one where nothing could be measured', () => {
    expect(chooseDefault('discover', new Map([['ease', measured(0.9, 0.01, 29)]]), small)).toBe('item-knn');
    expect(chooseDefault('rebuy', new Map(), small)).toBe('rebuy');
  });
});

describe('a plan', () => {
  const size = { itemCount: 300, interactionCount: 20_000, sessionCount: 0, tieCount: 0 };
  const namesOf = ({ methods }: ReturnType<typeof planTraining>) => methods.map(({ algorithm }) => algorithm);

  test('takes on the quick methods that fit, and tells which do not', () => {
    const { methods, leftOut } = planTraining({ ...size, itemCount: 20_000 }, null, [], {});

    expect(methods.map(({ algorithm }) => algorithm)).not.toContain('ease');
    expect(leftOut).toEqual([
      { algorithm: 'ease', reason: '20000 products, more than 5000' },
      { algorithm: 'session-knn', reason: '0 visits with two products, fewer than 100' },
    ]);
    expect(namesOf(planTraining({ ...size, sessionCount: 100 }, null, [], {}))).toContain('session-knn');
  });

  test('keeps up a method that a list takes, as long as it fits', () => {
    const small = planTraining(size, null, ['slim'], {});
    const large = planTraining({ ...size, itemCount: 20_000 }, null, ['slim'], {});

    expect(namesOf(small)).toContain('slim');
    expect(namesOf(large)).not.toContain('slim');
    expect(large.leftOut).toContainEqual({ algorithm: 'slim', reason: '20000 items, the limit is 16000' });
  });

  test('takes on what was asked for, a blend with its members', () => {
    expect(namesOf(planTraining(size, ['slim'], [], {}))).toEqual(['slim']);
    expect(namesOf(planTraining(size, ['blend'], [], {}))).toEqual([
      'item-knn',
      'rp3beta',
      'ease',
      'ials',
      'content',
      'blend',
    ]);
  });

  test('says what size decided, and leaves settings of the caller alone', () => {
    const [ials] = planTraining(size, ['ials'], [], {}).methods;
    expect(ials).toMatchObject({
      hyperparameters: { factorCount: 32 },
      notes: [expect.stringMatching(/^Chosen by size/)],
    });
    expect(planTraining(size, ['ials'], [], { ials: { factorCount: 5 } }).methods).toEqual([
      { algorithm: 'ials', hyperparameters: { factorCount: 5 }, notes: [] },
    ]);
    expect(planTraining(size, ['social'], [], {}).methods).toMatchObject([
      { notes: ['There are no connections yet: it has no results.'] },
    ]);
    expect(planTraining({ ...size, tieCount: 1 }, ['social'], [], {}).methods).toMatchObject([{ notes: [] }]);
  });

  test('refuses a method that the data are too large for', () => {
    expect(() => planTraining({ ...size, itemCount: 30_000 }, ['slim'], [], {})).toThrow(
      'slim cannot be trained on this: 30000 items, the limit is 16000.',
    );
  });
});
