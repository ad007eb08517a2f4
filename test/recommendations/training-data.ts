/** Training data from a list of purchases, as a database would give them. */
import { basketsFromEvents } from '#recommendations/algorithms/baskets.ts';
import { type EventColumns, interactionsFromEvents } from '#recommendations/algorithms/interactions.ts';
import { packIds } from '#recommendations/histories/id-index.ts';
import type { TrainingData } from '#recommendations/recommenders/recommender.ts';

export function idOf(index: number): string {
  return `00000000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}

export const FIRST_CUSTOMER = 0x1000;

/** Nobody looked at anything, no product has words, and nobody is in a country or segment, unless told. */
export function makeTrainingData(
  userCount: number,
  itemCount: number,
  purchases: EventColumns,
  told: Partial<TrainingData> = {},
): TrainingData {
  const interactions = interactionsFromEvents(userCount, itemCount, purchases);
  const times = Array.from(purchases.times);
  return {
    interactions,
    beforeLastAt: new Float64Array(interactions.lastAt.length).fill(Number.NaN),
    productIds: packIds(Array.from({ length: itemCount }, (_, item) => idOf(item))),
    customerIds: packIds(Array.from({ length: userCount }, (_, user) => idOf(FIRST_CUSTOMER + user))),
    countries: new Int32Array(userCount).fill(-1),
    countryNames: [],
    baskets: basketsFromEvents(userCount, itemCount, purchases),
    sessions: {
      itemIndices: new Uint32Array(),
      offsets: new Uint32Array(1),
      times: new Float64Array(),
      userIndices: new Int32Array(),
    },
    productTexts: Array.from({ length: itemCount }, () => ''),
    segments: [],
    ties: {
      offsets: new Uint32Array(userCount + 1),
      userIndices: new Uint32Array(),
      kinds: new Uint8Array(),
    },
    fromMs: Math.min(...times),
    toMs: Math.max(...times),
    ...told,
  };
}
