import { historyOf, interactionsFromEvents } from '#recommendations/algorithms/interactions.ts';
import { holdOutLastDay, measureKind } from '#recommendations/holdout.ts';
import { packIds } from '#recommendations/id-table.ts';
import { itemKnn } from '#recommendations/recommenders/item-knn.ts';
import { rebuy } from '#recommendations/recommenders/rebuy.ts';
import type { TrainingData } from '#recommendations/recommenders/recommender.ts';
import { expect, test } from 'vitest';

/** One row per purchase: customer, item, day. */
function makeData(
  purchases: readonly (readonly [user: number, item: number, day: number])[],
  beforeLastDays: readonly number[] = [],
): TrainingData {
  const userCount = Math.max(...purchases.map(([user]) => user)) + 1;
  const itemCount = Math.max(...purchases.map(([, item]) => item)) + 1;
  const idsOf = (count: number) =>
    packIds(
      Array.from(
        { length: count },
        (_, index) => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
      ),
    );
  return {
    interactions: interactionsFromEvents(userCount, itemCount, {
      userIndices: purchases.map(([user]) => user),
      itemIndices: purchases.map(([, item]) => item),
      times: purchases.map(([, , day]) => day * 86_400_000),
    }),
    beforeLastAt: Float64Array.from(beforeLastDays, (day) => day * 86_400_000),
    productIds: idsOf(itemCount),
    customerIds: idsOf(userCount),
    countries: new Int32Array(userCount).fill(-1),
    countryNames: [],
    fromMs: 0,
    toMs: 100 * 86_400_000,
  };
}

test('hides the last purchase day of those who came twice, and asks for new and repeated products apart', () => {
  const data = makeData(
    [
      [0, 0, 1],
      [0, 1, 1],
      [0, 1, 3],
      [0, 1, 5],
      [0, 2, 5],
      [1, 2, 9],
    ],
    [Number.NaN, 3, Number.NaN, Number.NaN],
  );

  const { data: earlier, cases } = holdOutLastDay(data);

  expect(cases).toEqual([
    { userIndex: 0, repeats: new Set([1]), discoveries: new Set([2]), askedAtMs: 5 * 86_400_000 },
  ]);
  expect(historyOf(earlier.interactions, 0)).toMatchObject({
    itemIndices: Uint32Array.of(0, 1),
    daysBought: Float32Array.of(1, 2),
    lastAt: Float64Array.of(86_400_000, 3 * 86_400_000),
    dayCount: 2,
  });
  expect(historyOf(earlier.interactions, 1)).toMatchObject({ itemIndices: Uint32Array.of(2), dayCount: 1 });
  expect(data.interactions.byUser.values).toEqual(Float32Array.of(1, 3, 1, 1));
});

test('finds a method good that foretells what customers bought next', () => {
  // Whoever buys an even item buys the next odd one later; the last customers show it without being asked.
  const purchases = Array.from({ length: 40 }, (_, user) => {
    const item = (user % 10) * 2;
    return [
      [user, item, 1],
      [user, item + 1, user < 20 ? 1 : 8],
    ] as const;
  }).flat();
  const holdout = holdOutLastDay(makeData(purchases));

  const metrics = measureKind(itemKnn, itemKnn.hyperparameters, holdout, 1);

  expect(metrics).toEqual({ 'ndcg@10': 1, 'hr@10': 1, 'recall@10': 1, cases: 20 });
  expect(measureKind(rebuy, rebuy.hyperparameters, holdout, 1)).toEqual({});
});
