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
    scores[history.itemIndices[entry]!] = scoreEntry(popularity, history, entry);
  }
  return scores;
}

/** The score of one item of the history. */
export function scoreEntry(popularity: Float64Array, history: History, entry: number): number {
  // Under 1, so that it only orders equals.
  return history.daysBought[entry]! + popularity[history.itemIndices[entry]!]! / 2;
}
