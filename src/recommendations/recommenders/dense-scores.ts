/** What methods share that score every product at once. Computes no score. */
import type { Contribution } from '../algorithms/interactions.ts';
import type { TopK } from '../serving/top-k.ts';
import type { ScoreContribution } from './recommender.ts';

/** Offers what anything speaks for: a score of 0 or less recommends nothing. */
export function rankPositive(scores: Float64Array, top: TopK): void {
  let worst = Math.max(0, top.worstScore());
  for (let item = 0; item < scores.length; item += 1) {
    const score = scores[item]!;
    // At an equal score the smaller index wins, and that one is in the list already.
    if (!(score > worst)) continue;
    top.push(item, score);
    worst = Math.max(0, top.worstScore());
  }
}

/** What the items of a history add to a score, largest first; items that add nothing are left out. */
export function describeItemContributions(
  contributions: readonly Contribution[],
): readonly ScoreContribution[] {
  return contributions
    .filter(({ value }) => value !== 0)
    .toSorted((left, right) => right.value - left.value)
    .map(({ itemIndex, value }) => ({ kind: 'bought-together', weight: value, itemIndex }));
}
