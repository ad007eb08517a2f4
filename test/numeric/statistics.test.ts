import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom, shuffle } from '#numeric/random.ts';
import { bootstrapInterval, mean, quantile, standardise, variance } from '#numeric/statistics.ts';

test('interpolates quantiles and divides the variance by n - 1', () => {
  expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
  expect(quantile([5], 0.9)).toBe(5);
  expect(variance([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(32 / 7, 12);
});

test('brackets the mean of a sample and narrows as it grows', () => {
  const random = createRandom(5);
  const draw = (count: number): number[] => Array.from({ length: count }, () => random.normal());
  const few = draw(50);
  const many = draw(5000);
  const [wide, narrow] = [bootstrapInterval(few, createRandom(1)), bootstrapInterval(many, createRandom(1))];

  expect(wide.low < mean(few) && mean(few) < wide.high).toBe(true);
  expect(narrow.high - narrow.low).toBeLessThan((wide.high - wide.low) / 5);
});

test('standardises any scores to mean 0 and deviation 1, equal ones to 0', () => {
  expect([...standardise(Float64Array.of(3, 3, 3))]).toEqual([0, 0, 0]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 50 }), (values) => {
      fc.pre(new Set(values).size > 1);
      const scores = standardise(Float64Array.from(values));

      expect(mean(scores)).toBeCloseTo(0, 9);
      expect(variance(scores)).toBeCloseTo(1, 9);
    }),
  );
});

test('draws the same numbers for a seed, other ones for another, evenly', () => {
  const draw = (seed: number): number[] => Array.from({ length: 1000 }, createRandom(seed).uniform);

  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(mean(draw(3))).toBeCloseTo(0.5, 1);
});

test('keeps every value when it shuffles', () => {
  const values = Array.from({ length: 100 }, (_, index) => index);
  const shuffled = [...values];

  shuffle(shuffled, createRandom(1));

  expect(shuffled).not.toEqual(values);
  expect(shuffled.toSorted((left, right) => left - right)).toEqual(values);
});
