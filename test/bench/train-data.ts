/** Interactions of any size with long-tailed items, for benchmarks. Never meant to have taste in them. */

import { createRandom } from '#numeric/random.ts';
import { type Interactions, interactionsFromEvents } from '#recommendations/algorithms/interactions.ts';

/** Deterministic for a seed; draws that repeat count once, so that there are somewhat fewer entries than draws. */
export function generateInteractions(
  userCount: number,
  itemCount: number,
  draws: number,
  seed: number,
): Interactions {
  const random = createRandom(seed);
  const userIndices = Uint32Array.from({ length: draws }, () => random.integer(userCount));
  const itemIndices = Uint32Array.from({ length: draws }, () =>
    Math.floor(itemCount * random.uniform() ** 2.5),
  );
  const times = new Float64Array(draws).fill(Number.NaN);
  return interactionsFromEvents(userCount, itemCount, { userIndices, itemIndices, times });
}
