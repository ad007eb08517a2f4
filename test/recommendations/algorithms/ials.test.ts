import { expect, test } from 'vitest';
import { createRandom } from '#numeric/random.ts';
import { withWorkers } from '#numeric/worker-pool.ts';
import { IALS_DEFAULTS, type IalsModel, trainIals } from '#recommendations/algorithms/ials.ts';
import { type Interactions } from '#recommendations/algorithms/interactions.ts';
import { shopOf } from './shop.ts';

// No multiple of the four floats that the kernel takes at once.
const FACTORS = 70;
const USERS = 600;
const ITEMS = 60;

test('iALS with as many steps as factors leaves every item where the equations of Rendle et al. put it', () => {
  const shop = createShop();
  const parameters = {
    ...IALS_DEFAULTS,
    factorCount: FACTORS,
    epochs: 3,
    unobservedWeight: 0.2,
    solvesUsersLast: false,
    solverSteps: FACTORS,
  };

  expect(largestResidual(trainIals(shop, parameters, 1), shop)).toBeLessThan(1e-5);
});

test('iALS learns the same with one, two and three threads', () => {
  const shop = createShop();
  const parameters = { ...IALS_DEFAULTS, factorCount: 21, epochs: 2 };
  const alone = trainIals(shop, parameters, 1);

  for (const size of [2, 3])
    expect(withWorkers(size, (pool) => trainIals(shop, parameters, 1, pool))).toEqual(alone);
  expect(trainIals(shop, parameters, 2).itemFactors).not.toEqual(alone.itemFactors);
});

test('iALS with the default steps reaches the loss of exact rounds within a hundredth', () => {
  const shop = createShop();
  const parameters = { ...IALS_DEFAULTS, factorCount: 16 };
  const exact = lossOf(trainIals(shop, { ...parameters, solverSteps: 16 }, 1), shop);
  const loss = lossOf(trainIals(shop, parameters, 1), shop);

  expect(loss / exact).toBeGreaterThan(0.99);
  expect(loss / exact).toBeLessThan(1.01);
});

/** Many users, and items from popular to rare. */
function createShop(): Interactions {
  const random = createRandom(1);
  return shopOf(
    ITEMS,
    Array.from({ length: USERS }, () =>
      Array.from({ length: ITEMS }, (_, item) => item).filter(
        (item) => random.uniform() < 1 / (1 + item / 4),
      ),
    ),
  );
}

/** What iALS minimises, pair by pair. */
function lossOf({ userFactors, itemFactors, parameters }: IalsModel, { byUser }: Interactions): number {
  const { factorCount: d, unobservedWeight, regularisation } = parameters;
  const itemCounts = new Float64Array(ITEMS);
  for (const item of byUser.columns) itemCounts[item]! += 1;
  const rowsOf = (factors: Float32Array): Float32Array[] =>
    Array.from({ length: factors.length / d }, (_, row) => factors.subarray(row * d, (row + 1) * d));
  const items = rowsOf(itemFactors);
  const penalise = (row: Float32Array, count: number): number =>
    regularisation * count * row.reduce((sum, value) => sum + value * value, 0);
  let loss = 0;
  for (const [item, row] of items.entries())
    loss += penalise(row, itemCounts[item]! + unobservedWeight * USERS);
  for (const [user, row] of rowsOf(userFactors).entries()) {
    const seen = new Set(byUser.columns.subarray(byUser.offsets[user], byUser.offsets[user + 1]));
    loss += penalise(row, seen.size + unobservedWeight * ITEMS);
    for (const [item, other] of items.entries()) {
      const product = row.reduce((sum, value, factor) => sum + value * other[factor]!, 0);
      loss += unobservedWeight * product ** 2 + (seen.has(item) ? (1 - product) ** 2 : 0);
    }
  }
  return loss;
}

/**
 * Of (a0 · sum over all users of w·wᵀ + sum over the item's users of w·wᵀ + l · (count + a0 · users) · I) · h = sum over
 * the item's users of w, relative to the right side, in double precision.
 */
function largestResidual(
  { userFactors, itemFactors, parameters }: IalsModel,
  { byUser }: Interactions,
): number {
  const { unobservedWeight, regularisation } = parameters;
  const users = Array.from({ length: USERS }, (_, user) => ({
    factors: userFactors.subarray(user * FACTORS, (user + 1) * FACTORS),
    items: new Set(byUser.columns.subarray(byUser.offsets[user], byUser.offsets[user + 1])),
  }));
  const residuals = Array.from({ length: ITEMS }, (_, item) => {
    const factors = itemFactors.subarray(item * FACTORS, (item + 1) * FACTORS);
    const count = users.filter(({ items }) => items.has(item)).length;
    const left = Float64Array.from(
      factors,
      (factor) => regularisation * (count + unobservedWeight * USERS) * factor,
    );
    const right = new Float64Array(FACTORS);
    for (const user of users) {
      const seen = user.items.has(item) ? 1 : 0;
      const product = user.factors.reduce((sum, value, factor) => sum + value * factors[factor]!, 0);
      for (const [factor, value] of user.factors.entries()) {
        left[factor]! += (unobservedWeight + seen) * product * value;
        right[factor]! += seen * value;
      }
    }
    return Math.hypot(...left.map((value, factor) => value - right[factor]!)) / Math.hypot(...right);
  });
  return Math.max(...residuals);
}
