import { expect, test } from 'vitest';
import { createRandom } from '#numeric/random.ts';
import { withWorkers } from '#numeric/worker-pool.ts';
import { historyOf, type Interactions } from '#recommendations/algorithms/interactions.ts';
import { type ItemNeighbours } from '#recommendations/algorithms/item-neighbours.ts';
import { SLIM_DEFAULTS, trainSlim } from '#recommendations/algorithms/slim.ts';
import { shopOf } from './shop.ts';

const ITEM_COUNT = 150;

test.each([
  ['non-negative', true, 3],
  ['signed, so many that all items are visited', false, 0.2],
] as const)('SLIM stops where no weight would move: %s', (_, isPositive, l1) => {
  const shop = randomShop();
  const parameters = { ...SLIM_DEFAULTS, l1, l2: 5, isPositive, tolerance: 1e-6, maximumRounds: 2000 };

  const model = trainSlim(shop, parameters);

  const together = countTogether(shop);
  const weights = denseRows(model);
  const gaps = Array.from({ length: ITEM_COUNT ** 2 }, (_, cell) => {
    const [item, target] = [cell % ITEM_COUNT, Math.floor(cell / ITEM_COUNT)];
    if (item === target) return 0;
    const weight = weights[item]![target]!;
    const predicted = weights.reduce((sum, row, other) => sum + together[item]![other]! * row[target]!, 0);
    const pull = together[item]![target]! - predicted - parameters.l2 * weight;
    // At the optimum the pull is the penalty's where there is a weight, and within it where there is none.
    if (weight !== 0) return Math.abs(pull - l1 * Math.sign(weight));
    return Math.max(0, (isPositive ? pull : Math.abs(pull)) - l1);
  });
  expect(Math.max(...gaps)).toBeLessThan(0.01);
  expect(model.values.some((weight) => weight < 0)).toBe(!isPositive);
});

test('SLIM of two threads is that of one', () => {
  const shop = randomShop();

  const alone = trainSlim(shop, SLIM_DEFAULTS);
  const shared = withWorkers(2, (pool) => trainSlim(shop, SLIM_DEFAULTS, pool));

  expect(shared.columns).toEqual(alone.columns);
  expect(shared.values).toEqual(alone.values);
});

function randomShop(): Interactions {
  const random = createRandom(3);
  return shopOf(
    ITEM_COUNT,
    Array.from({ length: 300 }, () => {
      const userHistory = random.integer(5);
      const draw = (): number => Math.floor(ITEM_COUNT * random.uniform() ** 1.5);
      return [...new Set(Array.from({ length: 25 }, draw))].filter(
        (item) => item % 5 === userHistory || item < 20,
      );
    }),
  );
}

function countTogether(shop: Interactions): number[][] {
  const counts = Array.from({ length: ITEM_COUNT }, () => Array.from({ length: ITEM_COUNT }, () => 0));
  for (let user = 0; user < shop.byUser.rowCount; user += 1) {
    const { itemIndices } = historyOf(shop, user);
    for (const item of itemIndices) for (const other of itemIndices) counts[item]![other]! += 1;
  }
  return counts;
}

function denseRows({ offsets, columns, values }: ItemNeighbours): number[][] {
  return Array.from({ length: ITEM_COUNT }, (_, row) => {
    const dense = Array.from({ length: ITEM_COUNT }, () => 0);
    for (let slot = offsets[row]!; slot < offsets[row + 1]!; slot += 1) dense[columns[slot]!] = values[slot]!;
    return dense;
  });
}
