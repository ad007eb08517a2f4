import { createPlainRowSums, createRowSums } from '#numeric/kernel/row-sums.ts';
import { createRandom } from '#numeric/random.ts';
import { sparseFromTriples } from '#numeric/sparse.ts';
import { expect, test } from 'vitest';

const random = createRandom(7);

function createMatrix(rowCount: number, columnCount: number, entryCount: number) {
  const cells = new Map<string, readonly [number, number]>();
  while (cells.size < entryCount) {
    const cell = [random.integer(rowCount), random.integer(columnCount)] as const;
    cells.set(cell.join(), cell);
  }
  const places = [...cells.values()];
  return sparseFromTriples(
    rowCount,
    columnCount,
    places.map(([row]) => row),
    places.map(([, column]) => column),
    places.map(() => random.uniform() - 0.3),
  );
}

test.each([
  ['narrow', 50, 301, 2000],
  ['wide', 50, 70_001, 5000],
  ['without entries', 3, 5, 0],
])('sums rows of a %s matrix like plain JavaScript', (_, rowCount, columnCount, entryCount) => {
  const matrix = createMatrix(rowCount, columnCount, entryCount);
  const rows = Uint32Array.from({ length: rowCount }, (_row, row) => row).filter((row) => row % 3 !== 1);
  const weights = Float32Array.from(rows, () => random.uniform());
  const fast = createRowSums(matrix);
  const plain = createPlainRowSums(matrix);

  for (const sums of [fast, plain]) sums.add(rows, weights);

  expect([...fast.sums]).toEqual([...plain.sums]);
  const least = 0.2;
  const found = [fast, plain].map(({ findAtLeast }) => {
    const columns: number[] = [];
    for (let column = findAtLeast(0, least); column < columnCount; column = findAtLeast(column + 1, least)) {
      columns.push(column);
    }
    return columns;
  });
  expect(found[0]).toEqual(found[1]);
  expect(found[0]).toEqual([...plain.sums.keys()].filter((column) => plain.sums[column]! >= least));
  expect(fast.findAtLeast(columnCount, least)).toBe(columnCount);
});
