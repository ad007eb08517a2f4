import { readHistory } from '#predictions/history.ts';
import { collectSpends, groupPurchases } from '#predictions/fitting.ts';
import { expect, test } from 'vitest';

const at = (day: string) => new Date(`${day}T18:30:00Z`);

test('finds the purchase days after the first from the mean gap between them', () => {
  // 1, 3, 8 and 11 January: gaps of 2, 5 and 3 days.
  const profile = {
    firstOrderAt: at('2026-01-01'),
    lastOrderAt: at('2026-01-11'),
    averageGapDays: 10 / 3,
    revenue: '60.0000',
  };

  expect(readHistory(profile, at('2026-02-01'))).toEqual({
    repeatCount: 3,
    lastTime: 10,
    age: 31,
    meanSpend: 15,
  });
});

test('takes a single day as no repeat, and returns of everything as no spend', () => {
  const profile = {
    firstOrderAt: new Date('2026-01-01T00:00:00Z'),
    lastOrderAt: new Date('2026-01-01T23:59:59Z'),
    averageGapDays: null,
    revenue: '-5.0000',
  };

  expect(readHistory(profile, at('2026-01-01'))).toEqual({
    repeatCount: 0,
    lastTime: 0,
    age: 0,
    meanSpend: 0,
  });
});

test('never ends an observation before the last purchase, and knows nothing of somebody without one', () => {
  const profile = {
    firstOrderAt: at('2026-01-01'),
    lastOrderAt: at('2026-01-11'),
    averageGapDays: 10,
    revenue: '1',
  };

  expect(readHistory(profile, at('2026-01-05'))).toMatchObject({ lastTime: 10, age: 10 });
  expect(
    readHistory(
      { ...profile, firstOrderAt: null, lastOrderAt: null, averageGapDays: null },
      at('2026-01-05'),
    ),
  ).toBeNull();
});

test('counts equal histories once, and leaves out who spent nothing', () => {
  const history = { repeatCount: 2, lastTime: 9, age: 30, meanSpend: 4 };
  const histories = [history, { ...history, meanSpend: 0 }, { ...history, age: 31 }];

  expect(groupPurchases(histories)).toEqual({
    repeatCounts: Float64Array.of(2, 2),
    lastTimes: Float64Array.of(9, 9),
    ages: Float64Array.of(30, 31),
    customerCounts: Float64Array.of(2, 1),
  });
  expect(collectSpends(histories)).toEqual({
    counts: Float64Array.of(3, 3),
    meanSpends: Float64Array.of(4, 4),
  });
});
