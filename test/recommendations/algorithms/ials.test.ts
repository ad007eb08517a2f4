import { expect, test } from 'vitest';
import { createRandom } from '#numeric/random.ts';
import { withWorkers } from '#numeric/worker-pool.ts';
import { IALS_DEFAULTS, type IalsModel, trainIals } from '#recommendations/algorithms/ials.ts';
import { type Interactions } from '#recommendations/algorithms/interactions.ts';
import { shopOf } from './shop.ts';

// More factors than two blocks of the solver, and users enough that popular items take two panels.
const FACTORS = 70;
const USERS = 600;
const ITEMS = 60;

test('iALS leaves every item where the equations of Rendle et al. put it, with one thread and with two', () => {
  const random = createRandom(1);
  const shop = shopOf(
    ITEMS,
    Array.from({ length: USERS }, () =>
      Array.from({ length: ITEMS }, (_, item) => item).filter(
        (item) => random.uniform() < 1 / (1 + item / 4),
      ),
    ),
  );
  const parameters = {
    ...IALS_DEFAULTS,
    factorCount: FACTORS,
    epochs: 3,
    unobservedWeight: 0.2,
    solvesUsersLast: false,
  };

  const alone = trainIals(shop, parameters, 1);
  const together = withWorkers(2, (team) => trainIals(shop, parameters, 1, team));

  expect(largestResidual(alone, shop)).toBeLessThan(1e-5);
  expect(together.itemFactors).toEqual(alone.itemFactors);
});

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
