/** Common part of methods that score every product at once. */
import type { Contribution } from '../algorithms/interactions.ts';
import type { TopK } from '../serving/top-k.ts';
import type { ScoreContribution } from './recommender.ts';

/** Offers items with a positive score. */
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

/** Contributions of the items of a history, largest first; without those of 0. */
export function describeItemContributions(
  contributions: readonly Contribution[],
): readonly ScoreContribution[] {
  return contributions
    .filter(({ value }) => value !== 0)
    .toSorted((left, right) => right.value - left.value)
    .map(({ itemIndex, value }) => ({ kind: 'bought-together', weight: value, itemIndex }));
}
