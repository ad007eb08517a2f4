/** Splits: ways to hold out a part of the events. */

import type { TestCase } from '#recommendations/training/blending.ts';
import { createRandom, shuffle } from '#numeric/random.ts';
import { type EventTable, filterEvents } from './events.ts';

const MS_PER_DAY = 86_400_000;

export type Split = {
  readonly train: EventTable;
  readonly tests: readonly TestCase[];
  /** Start of the test, ms since 1970; NaN where it differs by user or there is none. */
  readonly now: number;
};

/** Deterministic for a seed. */
export type Splitter = (table: EventTable, seed: number) => Split;

/** Holds out the last purchase day of every user who has two. */
export function splitLastBasket(table: EventTable): Split {
  const userCount = table.userIds.length;
  const firstDays = new Float64Array(userCount).fill(Infinity);
  const lastDays = new Float64Array(userCount).fill(-Infinity);
  const dayOf = (event: number): number => Math.floor(table.times[event]! / MS_PER_DAY);
  for (const [event, user] of table.userIndices.entries()) {
    firstDays[user] = Math.min(firstDays[user]!, dayOf(event));
    lastDays[user] = Math.max(lastDays[user]!, dayOf(event));
  }
  const isHidden = (event: number): boolean => {
    const user = table.userIndices[event]!;
    return firstDays[user]! < lastDays[user]! && dayOf(event) === lastDays[user]!;
  };
  return hide(table, isHidden, Number.NaN);
}

/**
 * Holds out the last event of every user who has two distinct items; without times, the last in the order of the data.
 */
export function splitLastItem(table: EventTable): Split {
  const lastEvents = new Int32Array(table.userIds.length).fill(-1);
  const counts = new Uint32Array(table.userIds.length);
  for (const [event, user] of table.userIndices.entries()) {
    counts[user]! += 1;
    const last = lastEvents[user]!;
    if (last < 0 || !(table.times[event]! < table.times[last]!)) lastEvents[user] = event;
  }
  // Repeats of the held-out item stay in the training: it is then an item to buy again.
  return hide(
    table,
    (event) => lastEvents[table.userIndices[event]!] === event && counts[table.userIndices[event]!]! > 1,
    Number.NaN,
  );
}

/** Holds out everything from an instant on; users without earlier events are excluded. */
export function splitAt(instant: number): Splitter {
  return (table) => hide(table, (event) => table.times[event]! >= instant, instant);
}

/** Keeps each event with a probability; the test has the rest. */
export function splitRandomly(trainShare: number): Splitter {
  return (table, seed) => {
    const random = createRandom(seed);
    const isHidden = Uint8Array.from(table.userIndices, () => (random.uniform() < trainShare ? 0 : 1));
    return hide(table, (event) => isHidden[event] === 1, Number.NaN);
  };
}

/**
 * Holds out one random item of every user, to be ranked among sampled items that the user does not have.
 * @param draws samples per user, each a separate test case: more of them make a smoother criterion
 */
export function splitOneOfSampled(negativeCount: number, draws = 1): Splitter {
  return (table, seed) => {
    const random = createRandom(seed);
    const itemCount = table.itemIds.length;
    const owned = groupItems(table);
    const hidden = owned.map((items) => (items.size > 1 ? [...items][random.integer(items.size)]! : -1));
    const train = filterEvents(
      table,
      (event) => hidden[table.userIndices[event]!] !== table.itemIndices[event]!,
    );
    const drawOnce = (item: number, userIndex: number): TestCase[] => {
      // A user who has nearly all items leaves none to sample.
      if (item < 0 || owned[userIndex]!.size * 2 > itemCount) return [];
      const candidates = new Set<number>();
      while (candidates.size < Math.min(negativeCount, itemCount / 4)) {
        const negative = random.integer(itemCount);
        if (!owned[userIndex]!.has(negative)) candidates.add(negative);
      }
      return [{ userIndex, relevant: new Set([item]), candidates: Uint32Array.from([...candidates, item]) }];
    };
    const tests = Array.from({ length: draws }, () => hidden.flatMap(drawOnce)).flat();
    return { train, tests, now: Number.NaN };
  };
}

/** The split with a maximum number of test cases, sampled if there are more; all stay in the training data. */
export function askAtMost(limit: number, split: Split, seed: number): Split {
  if (split.tests.length <= limit) return split;
  const order = Uint32Array.from(split.tests.keys());
  shuffle(order, createRandom(seed));
  const asked = order.subarray(0, limit).toSorted();
  return { ...split, tests: Array.from(asked, (test) => split.tests[test]!) };
}

function hide(table: EventTable, isHidden: (event: number) => boolean, now: number): Split {
  const train = filterEvents(table, (event) => !isHidden(event));
  const known = new Set(train.userIndices);
  const relevant = groupItems(filterEvents(table, isHidden));
  const tests = relevant.flatMap((items, userIndex): TestCase[] =>
    items.size > 0 && known.has(userIndex) ? [{ userIndex, relevant: items, candidates: null }] : [],
  );
  return { train, tests, now };
}

/** The distinct items of every user. */
export function groupItems(table: EventTable): readonly Set<number>[] {
  const items = table.userIds.map(() => new Set<number>());
  for (const [event, user] of table.userIndices.entries()) items[user]!.add(table.itemIndices[event]!);
  return items;
}
