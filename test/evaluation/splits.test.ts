import { expect, test } from 'vitest';
import { type EventTable } from '#evaluation/events.ts';
import { rankCases } from '#evaluation/rankings.ts';
import { interactionsFromEvents } from '#recommendations/algorithms/interactions.ts';
import {
  askAtMost,
  splitAt,
  splitLastBasket,
  splitLastItem,
  splitOneOfSampled,
  splitRandomly,
} from '#evaluation/splits.ts';

const DAY_MS = 86_400_000;

test('hides the last purchase day of those who have two', () => {
  const table = tableOf([
    [0, 1, 0],
    [0, 2, 1],
    [0, 3, 1.5],
    [1, 4, 1],
  ]);

  const { train, tests } = splitLastBasket(table);

  expect([...train.itemIndices]).toEqual([1, 4]);
  expect(tests).toEqual([{ userIndex: 0, relevant: new Set([2, 3]), candidates: null }]);
});

test('hides the last item in time, and nothing of a user with one event', () => {
  const table = tableOf([
    [0, 1, 5],
    [0, 2, 1],
    [1, 4, 1],
  ]);

  expect([...splitLastItem(table).train.itemIndices]).toEqual([2, 4]);
});

test('asks after a date only those who were known before it', () => {
  const { train, tests, now } = splitAt(10 * DAY_MS)(
    tableOf([
      [0, 1, 5],
      [0, 2, 11],
      [1, 3, 12],
    ]),
    1,
  );

  expect([...train.itemIndices]).toEqual([1]);
  expect(tests.map(({ userIndex }) => userIndex)).toEqual([0]);
  expect(now).toBe(10 * DAY_MS);
});

test('keeps about the asked share of events at random, the same for a seed', () => {
  const table = tableOf(Array.from({ length: 2000 }, (_, event) => [event % 50, event % 37, event] as const));

  const share = splitRandomly(0.8)(table, 1).train.userIndices.length / 2000;

  expect(share).toBeCloseTo(0.8, 1);
  expect(splitRandomly(0.8)(table, 1)).toEqual(splitRandomly(0.8)(table, 1));
});

test('asks only some of many users, the same for a seed, and leaves the others in the training data', () => {
  const table = tableOf(Array.from({ length: 400 }, (_, event) => [event >> 1, event % 7, event] as const));
  const whole = splitLastItem(table);

  const some = askAtMost(50, whole, 1);

  expect(some.train).toBe(whole.train);
  expect(some.tests).toHaveLength(50);
  expect(some.tests.every((test) => whole.tests.includes(test))).toBe(true);
  expect(new Set(some.tests.map(({ userIndex }) => userIndex)).size).toBe(50);
  expect(askAtMost(50, whole, 1)).toEqual(some);
  expect(askAtMost(50, whole, 2)).not.toEqual(some);
  expect(askAtMost(200, whole, 1)).toBe(whole);
});

test('samples only items that the user never had, and puts the hidden one last', () => {
  const table = tableOf(
    Array.from({ length: 60 }, (_, event) => [event % 6, (event * 7) % 40, event] as const),
    200,
  );

  const { tests } = splitOneOfSampled(20)(table, 1);

  expect(tests).toHaveLength(6);
  for (const { userIndex, relevant, candidates } of tests) {
    const owned = new Set(table.itemIndices.filter((_, event) => table.userIndices[event] === userIndex));
    expect(relevant).toEqual(new Set([candidates!.at(-1)]));
    expect(candidates!.slice(0, -1).some((item) => owned.has(item))).toBe(false);
  }
});

test('samples several times for each user, the hidden item staying the same', () => {
  const table = tableOf(
    Array.from({ length: 60 }, (_, event) => [event % 6, (event * 7) % 40, event] as const),
    200,
  );

  const once = splitOneOfSampled(20)(table, 1);
  const thrice = splitOneOfSampled(20, 3)(table, 1);

  expect(thrice.train).toEqual(once.train);
  expect(thrice.tests.slice(0, 6)).toEqual(once.tests);
  expect(thrice.tests.slice(6, 12).map(({ relevant }) => relevant)).toEqual(
    once.tests.map(({ relevant }) => relevant),
  );
  expect(thrice.tests[6]!.candidates).not.toEqual(once.tests[0]!.candidates);
});

test('never lets the truth win a tie', () => {
  const tests = [{ userIndex: 0, relevant: new Set([2]), candidates: Uint32Array.of(0, 1, 2) }];
  const interactions = interactionsFromEvents(1, 3, { userIndices: [], itemIndices: [], times: [] });

  const { best } = rankCases(tests, interactions, () => new Float64Array(3), ['best']);

  expect([...best[0]!.list]).toEqual([0, 1, 2]);
});

test('keeps items had before out of DISCOVER, and others out of REBUY', () => {
  const tests = [{ userIndex: 0, relevant: new Set([0, 2]), candidates: null }];
  const interactions = interactionsFromEvents(1, 4, {
    userIndices: [0, 0],
    itemIndices: [0, 1],
    times: [1, 1],
  });

  const ranked = rankCases(tests, interactions, () => Float64Array.of(9, 8, 7, 6), ['discover', 'rebuy']);

  expect(ranked.discover[0]).toMatchObject({ list: Uint32Array.of(2, 3), relevant: new Set([2]) });
  expect(ranked.rebuy[0]).toMatchObject({ list: Uint32Array.of(0, 1), relevant: new Set([0]) });
});

/** Rows of user, item and day. */
function tableOf(rows: readonly (readonly [number, number, number])[], itemCount = 40): EventTable {
  const userCount = Math.max(...rows.map(([user]) => user)) + 1;
  return {
    userIds: Array.from({ length: userCount }, (_, user) => `u${user}`),
    itemIds: Array.from({ length: itemCount }, (_, item) => `i${item}`),
    userIndices: Uint32Array.from(rows, ([user]) => user),
    itemIndices: Uint32Array.from(rows, ([, item]) => item),
    times: Float64Array.from(rows, ([, , day]) => day * DAY_MS),
    ratings: null,
    itemTexts: null,
  };
}
