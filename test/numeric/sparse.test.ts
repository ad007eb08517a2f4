import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sparseFromTriples, transpose } from '#numeric/sparse.ts';

test('adds up values at one place and sorts the columns of a row', () => {
  const matrix = sparseFromTriples(2, 3, [1, 0, 1, 1], [2, 1, 0, 2], [4, 5, 6, 7]);

  expect([...matrix.offsets]).toEqual([0, 1, 3]);
  expect([...matrix.columns]).toEqual([1, 0, 2]);
  expect([...matrix.values]).toEqual([5, 6, 11]);
});

test('refuses an index outside the matrix', () => {
  expect(() => sparseFromTriples(1, 1, [1], [0], [1])).toThrow('expected an index under 1, got 1');
  expect(() => sparseFromTriples(1, 1, [0], [3], [1])).toThrow('expected an index under 1, got 3');
});

test('is itself again after two transposes, for any matrix', () => {
  const entries = fc.array(fc.tuple(fc.nat(6), fc.nat(4), fc.integer({ min: 1, max: 9 })), { maxLength: 40 });
  fc.assert(
    fc.property(entries, (triples) => {
      const [rows, columns, values] = [0, 1, 2].map((part) => triples.map((triple) => triple[part]!));
      const matrix = sparseFromTriples(7, 5, rows!, columns!, values!);

      expect(transpose(transpose(matrix))).toEqual(matrix);
    }),
  );
});
