import { expect, test } from 'vitest';
import { createRandom } from '#numeric/random.ts';
import { MODELS_UNDER_TEST } from '#evaluation/models-under-test.ts';
import { type EventTable } from '#evaluation/events.ts';
import { expectSampled } from '#evaluation/expected-metrics.ts';
import { tuneNcf } from '#evaluation/suites/ncf-tuning.ts';
import { tune } from '#evaluation/tuning.ts';

test('expects what a draw of four of ten gives on average, three of the ten being better', () => {
  // None of the better ones is drawn in 35 of 210 draws, one in 105.
  expect(expectSampled(3, 10, 4, 1)).toEqual({
    hr: expect.closeTo(35 / 210),
    ndcg: expect.closeTo(35 / 210),
  });
  const { hr, ndcg } = expectSampled(3, 10, 4, 2);
  expect(hr).toBeCloseTo(140 / 210, 9);
  expect(ndcg).toBeCloseTo(35 / 210 + 0.5 / Math.log2(3), 9);
});

test('expects a certain hit for the best item and for a list as long as the draw', () => {
  expect(expectSampled(0, 3605, 99, 10)).toEqual({ hr: expect.closeTo(1), ndcg: expect.closeTo(1) });
  expect(expectSampled(5, 9, 9, 10).hr).toBeCloseTo(1, 9);
  expect(expectSampled(3605, 3605, 99, 10)).toEqual({ hr: 0, ndcg: 0 });
});

test('tuning puts the setting first that finds hidden items, and says by how much', () => {
  const order = {
    train: twoTastes(),
    candidates: [{ neighbourCount: 0 }, { neighbourCount: 20 }],
    contenderOf: (settings: object) => MODELS_UNDER_TEST['item-knn'](settings),
    sampleCount: 19,
    seeds: [1, 2],
    threads: 1,
    progress: () => {},
  };

  const [best, other] = tune(order);

  expect(best).toMatchObject({ settings: { neighbourCount: 20 }, behind: 0 });
  expect(best!.ndcg).toBeGreaterThan(other!.ndcg);
  expect(other!.behind).toBeGreaterThan(2 * other!.behindError);
  expect(tune(order).map(({ hr, ndcg }) => [hr, ndcg])).toEqual([
    [best!.hr, best!.ndcg],
    [other!.hr, other!.ndcg],
  ]);
});

test('tuning refuses an algorithm that does not exist by naming those that do', () => {
  const options = { tune: 'eas', draws: 1, seed: 1, threads: 1 };

  expect(() => tuneNcf(options, () => {})).toThrow(/expected --tune of .*ease.*; got eas/);
});

/** Users of even numbers take items of even numbers. */
function twoTastes(): EventTable {
  const random = createRandom(5);
  const events = Array.from({ length: 40 }, (_, user) =>
    Array.from({ length: 8 }, () => ({ user, item: 2 * random.integer(20) + (user % 2) })),
  ).flat();
  return {
    userIds: Array.from({ length: 40 }, (_, user) => `user ${user}`),
    itemIds: Array.from({ length: 40 }, (_, item) => `item ${item}`),
    userIndices: Uint32Array.from(events, ({ user }) => user),
    itemIndices: Uint32Array.from(events, ({ item }) => item),
    times: new Float64Array(events.length).fill(Number.NaN),
    ratings: null,
    itemTexts: null,
  };
}
