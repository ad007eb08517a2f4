/** The customer's most frequent items: the baseline that every next-basket method must beat. */

import { type History } from './interactions.ts';

/**
 * Days bought; ties are broken by popularity.
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

/**
 * GP-TopFreq: the customer's own items by days bought, then globally popular ones (Li et al. 2023, "A next basket
 * recommendation reality check").
 */
export function scoreTopFrequency(popularity: Float64Array, history: History): Float64Array {
  // Own items have scores of at least 1.
  const scores = popularity.map((share) => share / 2);
  for (let entry = 0; entry < history.itemIndices.length; entry += 1) {
    scores[history.itemIndices[entry]!] = scoreEntry(popularity, history, entry);
  }
  return scores;
}

/** The score of one item of the history. */
export function scoreEntry(popularity: Float64Array, history: History, entry: number): number {
  // Below 1, so that it only breaks ties.
  return history.daysBought[entry]! + popularity[history.itemIndices[entry]!]! / 2;
}
