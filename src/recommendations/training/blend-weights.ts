/** Learns the weights of a blend, on purchase days that are not measured. */
import { learnWeights } from './blending.ts';
import type { Case, Holdout } from './holdout.ts';
import { userQueryOf } from './model-quality.ts';
import { collectScores } from '../recommenders/collected-scores.ts';
import type { AlgorithmName, Recommender } from '../recommenders/recommender.ts';

/**
 * Weights with the best nDCG@10 among new products.
 * @param members trained without the held-out days
 */
export function learnBlend(
  members: ReadonlyMap<AlgorithmName, Recommender>,
  { data }: Holdout,
  tuning: readonly Case[],
): Readonly<Partial<Record<AlgorithmName, number>>> {
  const names = [...members.keys()];
  const asked = tuning.filter(({ discoveries }) => discoveries.size > 0);
  const askedAt = new Map(asked.map(({ userIndex, askedAtMs }) => [userIndex, askedAtMs]));
  const itemCount = data.interactions.byUser.columnCount;
  const scorers = names.map(
    (name) => (userIndex: number) =>
      collectScores(members.get(name)!, userQueryOf(data, userIndex, askedAt.get(userIndex)!), itemCount),
  );
  const tests = asked.map(({ userIndex, discoveries }) => ({
    userIndex,
    relevant: discoveries,
    candidates: null,
  }));
  // Without a case the quality is unknown, and the weights would be too.
  if (tests.length === 0) return Object.fromEntries(names.map((name) => [name, 1 / names.length]));
  const weights = learnWeights(tests, data.interactions, scorers, 'discover');
  return Object.fromEntries(names.map((name, index) => [name, weights[index]!]));
}
