/** Which methods fit a catalogue of a size, and why others do not. */

import { SLIM_ITEM_LIMIT } from './slim.ts';

/** Items² floats of EASE are 400 MB at this size, and the inverse takes about half a minute on two cores. */
export const EASE_ITEM_LIMIT = 10_000;
/** An epoch of a neural method over more takes over a minute. */
const NEURAL_INTERACTION_LIMIT = 2_000_000;

export type Choice = { readonly algorithm: string; readonly isFit: boolean; readonly reason: string };

/** Methods whose cost grows faster than the data; all others always fit. */
export function chooseBySize(itemCount: number, interactionCount: number): readonly Choice[] {
  const easeFits = itemCount <= EASE_ITEM_LIMIT;
  const neuralFits = interactionCount <= NEURAL_INTERACTION_LIMIT;
  const items = `${itemCount} items`;
  return [
    {
      algorithm: 'ease',
      isFit: true,
      reason: easeFits
        ? `${items}: exact`
        : `${items}: exact for the best-selling ones, RP3beta for the others`,
    },
    { algorithm: 'edlae', isFit: easeFits, reason: `${items}, the limit is ${EASE_ITEM_LIMIT}` },
    {
      algorithm: 'slim',
      isFit: itemCount <= SLIM_ITEM_LIMIT,
      reason: `${items}, the limit is ${SLIM_ITEM_LIMIT}`,
    },
    ...['mlp', 'neumf'].map((algorithm) => ({
      algorithm,
      isFit: neuralFits,
      reason: `${interactionCount} interactions, the limit is ${NEURAL_INTERACTION_LIMIT}`,
    })),
  ];
}
