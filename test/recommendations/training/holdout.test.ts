import { basketHistoryOf } from '#recommendations/algorithms/baskets.ts';
import { historyOf } from '#recommendations/algorithms/interactions.ts';
import { holdOutLastDay } from '#recommendations/training/holdout.ts';
import type { TrainingData } from '#recommendations/recommenders/recommender.ts';
import { expect, test } from 'vitest';

import { makeTrainingData } from '../training-data.ts';

const DAY_MS = 86_400_000;

/** One row per purchase: customer, item, day. */
function makeData(
  purchases: readonly (readonly [user: number, item: number, day: number])[],
  beforeLastDays: readonly number[] = [],
  told: Partial<TrainingData> = {},
): TrainingData {
  const userCount = Math.max(...purchases.map(([user]) => user)) + 1;
  const itemCount = Math.max(...purchases.map(([, item]) => item)) + 1;
  const columns = {
    userIndices: purchases.map(([user]) => user),
    itemIndices: purchases.map(([, item]) => item),
    times: purchases.map(([, , day]) => day * DAY_MS),
  };
  const beforeLastAt = Float64Array.from(beforeLastDays, (day) => day * DAY_MS);
  return makeTrainingData(userCount, itemCount, columns, { beforeLastAt, ...told });
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

test('hides the baskets of that day and the visits from it on, of that customer alone', () => {
  const data = makeData(
    [
      [0, 0, 1],
      [0, 1, 5],
      [1, 2, 9],
    ],
    [],
    {
      sessions: {
        itemIndices: Uint32Array.of(0, 1, 1, 2, 0, 2),
        offsets: Uint32Array.of(0, 2, 4, 6),
        times: Float64Array.of(4 * DAY_MS, 5 * DAY_MS + 1, 9 * DAY_MS),
        userIndices: Int32Array.of(0, 0, 1),
      },
    },
  );

  const { baskets, sessions } = holdOutLastDay(data).data;

  expect(basketHistoryOf(baskets, 0)).toEqual([Uint32Array.of(0)]);
  expect(basketHistoryOf(baskets, 1)).toEqual([Uint32Array.of(2)]);
  expect(sessions).toEqual({
    itemIndices: Uint32Array.of(0, 1, 0, 2),
    offsets: Uint32Array.of(0, 2, 4),
    times: Float64Array.of(4 * DAY_MS, 9 * DAY_MS),
    userIndices: Int32Array.of(0, 1),
  });
});
