/** Purchases grouped by customer and day, in time order: the training data of sequence methods. */

import { countOffsets } from '#numeric/sparse.ts';
import { type EventColumns } from './interactions.ts';

const MS_PER_DAY = 86_400_000;

/** Baskets of all users: user u has baskets userOffsets[u] to userOffsets[u + 1], oldest first. */
export type Baskets = {
  readonly itemCount: number;
  /** userCount + 1 */
  readonly userOffsets: Uint32Array;
  /** basketCount + 1: offsets of the baskets' items in `itemIndices`. */
  readonly basketOffsets: Uint32Array;
  /** Distinct and ascending within a basket. */
  readonly itemIndices: Uint32Array;
  /** Start of the day of each basket, ms since 1970. */
  readonly times: Float64Array;
};

/** One customer's baskets, oldest first: the input of a sequence method. */
export type BasketHistory = readonly Uint32Array[];

/** All events of a user on one UTC day are one basket, without repeats. */
export function basketsFromEvents(userCount: number, itemCount: number, events: EventColumns): Baskets {
  const { userIndices, itemIndices, times } = events;
  const days = Float64Array.from(times, (time) => Math.floor(time / MS_PER_DAY));
  const order = Uint32Array.from(days.keys()).toSorted(
    (left, right) =>
      userIndices[left]! - userIndices[right]! ||
      days[left]! - days[right]! ||
      itemIndices[left]! - itemIndices[right]!,
  );
  const owners: number[] = [];
  const offsets: number[] = [];
  const dayTimes: number[] = [];
  const items: number[] = [];
  let previous = -1;
  for (const entry of order) {
    const isNewBasket =
      previous < 0 || userIndices[previous] !== userIndices[entry] || days[previous] !== days[entry];
    if (isNewBasket) {
      owners.push(userIndices[entry]!);
      offsets.push(items.length);
      dayTimes.push(days[entry]! * MS_PER_DAY);
    }
    if (isNewBasket || itemIndices[previous] !== itemIndices[entry]) items.push(itemIndices[entry]!);
    previous = entry;
  }
  return {
    itemCount,
    userOffsets: countOffsets(owners, userCount),
    basketOffsets: Uint32Array.from([...offsets, items.length]),
    itemIndices: Uint32Array.from(items),
    times: Float64Array.from(dayTimes),
  };
}

/** The items of one basket. */
function basketItems(baskets: Baskets, basket: number): Uint32Array {
  return baskets.itemIndices.subarray(baskets.basketOffsets[basket], baskets.basketOffsets[basket + 1]);
}

/** The baskets of a user of the training data. */
export function basketHistoryOf(baskets: Baskets, userIndex: number): BasketHistory {
  const first = baskets.userOffsets[userIndex]!;
  const count = baskets.userOffsets[userIndex + 1]! - first;
  return Array.from({ length: count }, (_, basket) => basketItems(baskets, first + basket));
}
