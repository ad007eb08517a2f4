/** What people connected to the customer took: referrals, households, follows. Never says which person took what. */

import { type SparseMatrix } from '#numeric/sparse.ts';
import { findSlot } from './interactions.ts';

/** A person connected to the customer, with how close the connection is, above 0. */
export type Connection = { readonly userIndex: number; readonly weight: number };

/** How many of the connected people have the item; their weights sum to the score. */
export type SocialExplanation = { readonly score: number; readonly connectedCount: number };

/**
 * score_j = sum over connected people with item j of weight / √(their items): somebody who has everything says
 * little. O(items of the connected).
 */
export function scoreSocial(byUser: SparseMatrix, connections: readonly Connection[]): Float64Array {
  const scores = new Float64Array(byUser.columnCount);
  for (const connection of connections) {
    const start = byUser.offsets[connection.userIndex]!;
    const end = byUser.offsets[connection.userIndex + 1]!;
    for (let slot = start; slot < end; slot += 1)
      scores[byUser.columns[slot]!]! += strengthOf(byUser, connection);
  }
  return scores;
}

/** The score of one item and the number of people behind it. */
export function explainSocial(
  byUser: SparseMatrix,
  connections: readonly Connection[],
  itemIndex: number,
): SocialExplanation {
  const holders = connections.filter(({ userIndex }) => findSlot(byUser, userIndex, itemIndex) >= 0);
  const score = holders.reduce((sum, connection) => sum + strengthOf(byUser, connection), 0);
  return { score, connectedCount: holders.length };
}

function strengthOf(byUser: SparseMatrix, { userIndex, weight }: Connection): number {
  return weight / Math.sqrt(byUser.offsets[userIndex + 1]! - byUser.offsets[userIndex]!);
}
