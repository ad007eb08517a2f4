/** Gives items that few people have a fair start from their content. Never changes what is well known. */

import { standardise } from '#numeric/statistics.ts';

/** Buyers at which an item's own scores and its content weigh alike. */
const TRUSTED_BUYERS = 5;

/**
 * score_j = (n_j · z_j + s · c_j) / (n_j + s): z the standardised scores of a collaborative method, c those of a
 * content method, n_j the buyers of item j. A new item is scored by its content alone.
 * @param buyerCounts users with each item, length items
 */
export function addContentPrior(
  collaborative: Float64Array,
  content: Float64Array,
  buyerCounts: Float64Array,
): Float64Array {
  const behaviour = standardise(collaborative.slice());
  const words = standardise(content.slice());
  return behaviour.map((score, item) => {
    const buyers = buyerCounts[item]!;
    return (buyers * score + TRUSTED_BUYERS * words[item]!) / (buyers + TRUSTED_BUYERS);
  });
}
