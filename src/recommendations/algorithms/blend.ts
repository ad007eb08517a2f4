/** Combines the scores of several methods per customer. */

import { standardise } from '#numeric/statistics.ts';

/**
 * sum over methods m of weight_m · z_m, with z the standardised scores of one customer over all items. Items that a
 * method cannot score (-Infinity) get its lowest score.
 */
export function blendScores(scores: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const blended = new Float64Array(scores[0]!.length);
  for (const [method, values] of scores.entries()) {
    if (weights[method] === 0) continue;
    const standardised = standardise(fillUnscored(values));
    for (let item = 0; item < blended.length; item += 1)
      blended[item]! += weights[method]! * standardised[item]!;
  }
  return blended;
}

function fillUnscored(scores: Float64Array): Float64Array {
  let lowest = Infinity;
  for (const score of scores) if (score > -Infinity && score < lowest) lowest = score;
  return scores.map((score) => (score > -Infinity ? score : Math.min(lowest, 0)));
}

/**
 * Weights that maximise a quality on validation data, by coordinate search: the best single method first, then each
 * weight in turn with steps that halve. Deterministic; O(rounds · methods) evaluations.
 * @param quality of a list of weights, larger is better
 */
export function learnBlendWeights(
  methodCount: number,
  quality: (weights: readonly number[]) => number,
): readonly number[] {
  let best: readonly number[] = [];
  let bestQuality = -Infinity;
  for (let chosen = 0; chosen < methodCount; chosen += 1) {
    const weights = Array.from({ length: methodCount }, (_, method) => (method === chosen ? 1 : 0));
    const reached = quality(weights);
    if (reached > bestQuality) [best, bestQuality] = [weights, reached];
  }
  for (let step = 0.8; step > 0.02;) {
    let hasImproved = false;
    for (let method = 0; method < methodCount; method += 1) {
      for (const change of [step, -step]) {
        const tried = best.map((weight, index) => (index === method ? Math.max(0, weight + change) : weight));
        const reached = quality(tried);
        if (!(reached > bestQuality)) continue;
        [best, bestQuality, hasImproved] = [tried, reached, true];
        break;
      }
    }
    if (!hasImproved) step /= 2;
  }
  const total = best.reduce((sum, weight) => sum + weight, 0);
  return best.map((weight) => weight / total);
}

/**
 * Slots of a list for items to buy again, the rest being for new ones: the customer's repeat share, shrunk towards the
 * global share, rounded to whole slots.
 * @param repeatShare items on later purchase days that had been bought before, divided by all items on those days; NaN:
 * unknown
 */
export function rebuySlots(
  slotCount: number,
  repeatShare: number,
  overallShare: number,
  dayCount: number,
): number {
  const trusted = Math.max(0, dayCount - 1);
  const share = trusted > 0 ? (trusted * repeatShare + 3 * overallShare) / (trusted + 3) : overallShare;
  return Math.round(slotCount * share);
}
