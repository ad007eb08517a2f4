import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { selectTopK } from '#numeric/top-k.ts';

test('picks the best first and the smaller index among equals', () => {
  expect([...selectTopK(Float64Array.of(1, 3, 2, 3, 0), 3)]).toEqual([1, 3, 2]);
});

test('never picks excluded indices, NaN or -Infinity', () => {
  const scores = Float64Array.of(5, Number.NaN, -Infinity, 4, 3);

  expect([...selectTopK(scores, 5, new Set([0]))]).toEqual([3, 4]);
});

test('answers what sorting the whole list would, for any scores with ties', () => {
  const scoreLists = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 60 });
  fc.assert(
    fc.property(
      scoreLists,
      fc.integer({ min: 0, max: 70 }),
      fc.uniqueArray(fc.nat(59)),
      (list, k, excluded) => {
        const sorted = [...list.keys()]
          .filter((index) => !excluded.includes(index))
          .toSorted((left, right) => list[right]! - list[left]! || left - right);

        expect([...selectTopK(Float64Array.from(list), k, new Set(excluded))]).toEqual(sorted.slice(0, k));
      },
    ),
  );
});
