/** Scores items with few buyers by their content. Does not change well-known items. */

import { standardise } from '#numeric/statistics.ts';

/** Number of buyers at which collaborative scores and content have equal weight. */
const TRUSTED_BUYERS = 5;

/**
 * score_j = (n_j · z_j + s · c_j) / (n_j + s): z the standardised scores of a collaborative method, c those of a
 * content method, n_j the buyers of item j. An item without buyers is scored by its content alone.
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
