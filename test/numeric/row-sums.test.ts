import { createPlainRowSums, createRowSums, type RowSums } from '#numeric/kernel/row-sums.ts';
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

  const least = 0.2;
  const collect = ({ forEachAtLeast }: RowSums, weighting: Float32Array, from: () => number) => {
    const found: (readonly [number, number])[] = [];
    forEachAtLeast(rows, weighting, from, (column, sum) => found.push([column, sum]));
    return found.toSorted(([left], [right]) => left - right);
  };
  const sums = new Float64Array(columnCount);
  rows.forEach((row, index) => {
    for (let slot = matrix.offsets[row]!; slot < matrix.offsets[row + 1]!; slot += 1) {
      sums[matrix.columns[slot]!]! += weights[index]! * matrix.values[slot]!;
    }
  });
  const expected = [...sums.entries()].filter(([, sum]) => sum >= least);

  for (const rowSums of [fast, plain]) {
    expect(collect(rowSums, weights, () => least)).toEqual(expected);
    // Nothing is left of a sum that was passed over or taken.
    const none = new Float32Array(rows.length);
    expect(collect(rowSums, none, () => Number.MIN_VALUE)).toEqual([]);
    expect(collect(rowSums, weights, () => least)).toEqual(expected);
  }
});

test.each([
  ['fast', createRowSums],
  ['plain', createPlainRowSums],
])('%s sums hand out no more once the bar is out of reach', (_, create) => {
  const { forEachAtLeast } = create(createMatrix(10, 200, 900));
  const rows = Uint32Array.from({ length: 10 }, (_row, row) => row);
  let bar = 0.1;
  let taken = 0;
  const take = (): void => {
    taken += 1;
    if (taken === 3) bar = 1000;
  };

  forEachAtLeast(rows, new Float32Array(10).fill(1), () => bar, take);

  expect(taken).toBe(3);
});
