import { createRandom } from '#numeric/random.ts';
import { sparseFromTriples } from '#numeric/sparse.ts';
import { pruneRows } from '#recommendations/algorithms/item-neighbours.ts';
import { expect, test } from 'vitest';

test('a pruned row keeps the strongest of its entries, in the order of their columns', () => {
  const random = createRandom(3);
  const itemCount = 40;
  const rows: number[] = [];
  const columns: number[] = [];
  for (let row = 0; row < itemCount; row += 1) {
    for (let column = 0; column < itemCount; column += 1) {
      if (random.uniform() > row / itemCount) continue;
      rows.push(row);
      columns.push(column);
    }
  }
  const strengths = rows.map(() => random.uniform());
  const whole = sparseFromTriples(itemCount, itemCount, rows, columns, strengths);

  const pruned = pruneRows(whole, 10);

  for (let row = 0; row < itemCount; row += 1) {
    const entriesOf = ({ offsets, columns: all, values }: typeof whole) =>
      Array.from(all.subarray(offsets[row], offsets[row + 1]), (column, index) => ({
        column,
        value: values[offsets[row]! + index]!,
      }));
    const strongest = entriesOf(whole)
      .toSorted((left, right) => right.value - left.value)
      .slice(0, 10);
    expect(entriesOf(pruned)).toEqual(strongest.toSorted((left, right) => left.column - right.column));
  }
  expect(pruneRows(whole, itemCount)).toEqual(whole);
});
