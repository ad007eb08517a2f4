/** The input of every algorithm: interactions of users with items. Only indexes, no ids. */

import { sparseFromTriples, type SparseMatrix } from '#numeric/sparse.ts';

const MS_PER_DAY = 86_400_000;

/** Training data. Users and items are row and column indexes of `byUser`. */
export type Interactions = {
  /** users × items; a value is the number of days with an interaction. */
  readonly byUser: SparseMatrix;
  /** First and last interaction per slot of `byUser`, ms since 1970; NaN where unknown. */
  readonly firstAt: Float64Array;
  readonly lastAt: Float64Array;
  /** Distinct days with any interaction per user. */
  readonly dayCounts: Uint32Array;
};

/** One customer at this instant: the input of a model. Items are ascending and distinct. */
export type History = {
  readonly itemIndices: Uint32Array;
  /** Weight of each item as evidence of the customer's taste: 1 for a purchase, less for weaker signals. */
  readonly weights: Float32Array;
  /** Distinct days on which the item was bought; 0 for items that were only viewed or stated as liked. */
  readonly daysBought: Float32Array;
  /** First and last purchase, ms since 1970; NaN where unknown. */
  readonly firstAt: Float64Array;
  readonly lastAt: Float64Array;
  /** Distinct days with any purchase. */
  readonly dayCount: number;
};

/** Contribution of one item of the history to a score. The contributions of a linear model sum to the score. */
export type Contribution = { readonly itemIndex: number; readonly value: number };

/** One event per entry; entries in any order. */
export type EventColumns = {
  readonly userIndices: ArrayLike<number>;
  readonly itemIndices: ArrayLike<number>;
  /** ms since 1970; NaN where unknown. */
  readonly times: ArrayLike<number>;
};

/** Implicit feedback: the value of a user and an item is the number of distinct UTC days with an event. */
export function interactionsFromEvents(
  userCount: number,
  itemCount: number,
  events: EventColumns,
): Interactions {
  const { userIndices, itemIndices, times } = events;
  const days = Float64Array.from(times, (time) => (Number.isNaN(time) ? 0 : Math.floor(time / MS_PER_DAY)));
  const order = Uint32Array.from(days.keys()).toSorted(
    (left, right) =>
      userIndices[left]! - userIndices[right]! ||
      days[left]! - days[right]! ||
      itemIndices[left]! - itemIndices[right]!,
  );

  const dayCounts = new Uint32Array(userCount);
  const users: number[] = [];
  const items: number[] = [];
  let previous = -1;
  for (const entry of order) {
    const isSameUser = previous >= 0 && userIndices[previous] === userIndices[entry];
    const isSameDay = isSameUser && days[previous] === days[entry];
    if (!isSameDay) dayCounts[userIndices[entry]!]! += 1;
    if (!isSameDay || itemIndices[previous] !== itemIndices[entry]) {
      users.push(userIndices[entry]!);
      items.push(itemIndices[entry]!);
    }
    previous = entry;
  }

  const byUser = sparseFromTriples(
    userCount,
    itemCount,
    users,
    items,
    new Float32Array(users.length).fill(1),
  );
  return { byUser, ...findTimes(byUser, events), dayCounts };
}

/** The history of a user within the training data; every item has weight 1. */
export function historyOf(interactions: Interactions, userIndex: number): History {
  const { byUser, firstAt, lastAt, dayCounts } = interactions;
  const start = byUser.offsets[userIndex]!;
  const end = byUser.offsets[userIndex + 1]!;
  return {
    itemIndices: byUser.columns.subarray(start, end),
    weights: new Float32Array(end - start).fill(1),
    daysBought: byUser.values.subarray(start, end),
    firstAt: firstAt.subarray(start, end),
    lastAt: lastAt.subarray(start, end),
    dayCount: dayCounts[userIndex]!,
  };
}

function findTimes(
  byUser: SparseMatrix,
  { userIndices, itemIndices, times }: EventColumns,
): { firstAt: Float64Array; lastAt: Float64Array } {
  const firstAt = new Float64Array(byUser.columns.length).fill(Number.NaN);
  const lastAt = firstAt.slice();
  for (let entry = 0; entry < userIndices.length; entry += 1) {
    const slot = findSlot(byUser, userIndices[entry]!, itemIndices[entry]!);
    const time = times[entry]!;
    if (!(firstAt[slot]! <= time)) firstAt[slot] = time;
    if (!(lastAt[slot]! >= time)) lastAt[slot] = time;
  }
  return { firstAt, lastAt };
}

/** Binary search of a column within its row; -1 where the matrix has no entry. */
export function findSlot(matrix: SparseMatrix, row: number, column: number): number {
  let low = matrix.offsets[row]!;
  let high = matrix.offsets[row + 1]! - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = matrix.columns[middle]!;
    if (found === column) return middle;
    if (found < column) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
