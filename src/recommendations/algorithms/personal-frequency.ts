/** What the customer bought most often: the line that every next-basket method must beat. Never proposes anything new. */

import { type History } from './interactions.ts';

/**
 * Days bought; among equals the more popular item comes first.
 * @param popularity share of users with the item, 0 to 1, length items
 * @returns -Infinity for items never bought
 */
export function scorePersonalFrequency(popularity: Float64Array, history: History): Float64Array {
  const scores = new Float64Array(popularity.length).fill(-Infinity);
  for (let entry = 0; entry < history.itemIndices.length; entry += 1) {
    const item = history.itemIndices[entry]!;
    // Under 1, so that it only orders equals.
    scores[item] = history.daysBought[entry]! + popularity[item]! / 2;
  }
  return scores;
}
