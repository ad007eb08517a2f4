/** Purchases of a customer in the item indexes of a model: packed order lines as a history. */
import type { History } from '../algorithms/interactions.ts';
import { allocate } from './slab-allocator.ts';
import { type IdIndex, viewOf } from './id-index.ts';
import { createItemSet, type ItemSet } from './item-set.ts';
import type { PackedLines } from '../queries.ts';

export interface Purchases {
  /** Items that the customer bought and kept. */
  readonly history: History;
  /** Items bought at any time, kept or returned: none of them is new to the customer. */
  readonly known: ItemSet;
  /** Per item of the history the last purchase before the day of the last one, ms since 1970; NaN without one. */
  readonly beforeLastAt: Float64Array;
}

const ID_BYTES = 16;
const MINUTES_PER_DAY = 1440;
const MS_PER_MINUTE = 60_000;
/** Minutes from 1970-01-01 to 2000-01-01, the epoch of Postgres. */
const MINUTES_TO_2000 = 10_957 * MINUTES_PER_DAY;
const MICROSECONDS_PER_MINUTE = 60_000_000;
const HIGH_WORD = 2 ** 32;

/**
 * Counts, for each product of the model, the distinct UTC days on which it was bought, with the first and last. A
 * product with at least as many returned units as bought ones counts as returned. O(lines · log lines).
 */
export function unpackPurchases(lines: PackedLines | null, items: IdIndex): Purchases {
  if (lines === null) return EMPTY_PURCHASES;
  const productIds = viewOf(lines.productIds);
  const placedAt = viewOf(lines.placedAt);
  const quantities = viewOf(lines.quantities);
  const lineCount = lines.quantities.length / 4;

  // One number per bought line, which sorts by item and then by minute.
  const keys = scratchFor(lineCount);
  let keyCount = 0;
  let units: Map<number, number> | null = null;
  for (let line = 0; line < lineCount; line += 1) {
    const item = items.indexOf(productIds, line * ID_BYTES);
    if (item === -1) continue;
    const quantity = quantities.getInt32(line * 4);
    if (quantity > 0) {
      const microseconds = placedAt.getInt32(line * 8) * HIGH_WORD + placedAt.getUint32(line * 8 + 4);
      const minute = Math.floor(microseconds / MICROSECONDS_PER_MINUTE) + MINUTES_TO_2000;
      keys[keyCount] = item * HIGH_WORD + Math.max(0, minute);
      keyCount += 1;
    } else {
      units ??= new Map();
      units.set(item, (units.get(item) ?? 0) + quantity);
    }
  }
  if (units !== null) {
    for (let line = 0; line < lineCount; line += 1) {
      const quantity = quantities.getInt32(line * 4);
      if (quantity <= 0) continue;
      const item = items.indexOf(productIds, line * ID_BYTES);
      const returned = units.get(item);
      if (returned !== undefined) units.set(item, returned + quantity);
    }
  }
  sortStart(keys, keyCount);
  return collect(keys, keyCount, units);
}

/** Buffer for sorting keys and days: an allocation for each would cost more than the sorting. */
let scratch = new Float64Array(1024);

/** A buffer for this many numbers; overwrites that of other callers. */
function scratchFor(count: number): Float64Array {
  if (scratch.length < count) scratch = new Float64Array(2 * count);
  return scratch;
}

/** Insertion sort is faster than `sort` on a view for a few dozen. */
const MAX_INSERTED = 64;

/** Sorts the first `count` numbers, ascending. */
function sortStart(values: Float64Array, count: number): void {
  if (count > MAX_INSERTED) {
    values.subarray(0, count).sort();
    return;
  }
  for (let index = 1; index < count; index += 1) {
    const value = values[index]!;
    let target = index;
    while (target > 0 && values[target - 1]! > value) {
      values[target] = values[target - 1]!;
      target -= 1;
    }
    values[target] = value;
  }
}

/** Three doubles and three numbers of half the size. */
const ENTRY_BYTES = 36;

/**
 * @param keys ascending, the first `keyCount` of them
 * @param units net units of the items with returns
 */
function collect(keys: Float64Array, keyCount: number, units: ReadonlyMap<number, number> | null): Purchases {
  const { memory, doubles, floats, integers, start } = allocate(keyCount * ENTRY_BYTES);
  const firstAt = start / 8;
  const lastAt = firstAt + keyCount;
  const beforeLastAt = lastAt + keyCount;
  const itemIndices = 2 * (beforeLastAt + keyCount);
  const daysBought = itemIndices + keyCount;
  const weights = daysBought + keyCount;
  let size = 0;
  let keptKeys = 0;
  let previousItem = -1;
  let previousDay = -1;
  for (let index = 0; index < keyCount; index += 1) {
    const key = keys[index]!;
    const item = Math.floor(key / HIGH_WORD);
    if (units !== null && (units.get(item) ?? 1) <= 0) continue;
    const minute = key - item * HIGH_WORD;
    const day = Math.floor(minute / MINUTES_PER_DAY);
    // Reuses the front of `keys` for the days; those entries have been consumed.
    keys[keptKeys] = day;
    keptKeys += 1;
    const time = minute * MS_PER_MINUTE;
    if (item !== previousItem) {
      integers[itemIndices + size] = item;
      floats[daysBought + size] = 1;
      floats[weights + size] = 1;
      doubles[firstAt + size] = time;
      doubles[beforeLastAt + size] = Number.NaN;
      size += 1;
    } else if (day !== previousDay) {
      floats[daysBought + size - 1]! += 1;
      doubles[beforeLastAt + size - 1] = doubles[lastAt + size - 1]!;
    }
    doubles[lastAt + size - 1] = time;
    previousItem = item;
    previousDay = day;
  }
  sortStart(keys, keptKeys);
  const history = {
    itemIndices: new Uint32Array(memory, itemIndices * 4, size),
    weights: new Float32Array(memory, weights * 4, size),
    daysBought: new Float32Array(memory, daysBought * 4, size),
    firstAt: new Float64Array(memory, firstAt * 8, size),
    lastAt: new Float64Array(memory, lastAt * 8, size),
    dayCount: countDistinct(keys, keptKeys),
  };
  const known =
    units === null ? createItemSet(history.itemIndices) : new Set([...history.itemIndices, ...units.keys()]);
  return { history, known, beforeLastAt: new Float64Array(memory, beforeLastAt * 8, size) };
}

/** @param values ascending, the first `count` of them */
function countDistinct(values: Float64Array, count: number): number {
  let distinct = 0;
  for (let index = 0; index < count; index += 1) {
    if (index === 0 || values[index] !== values[index - 1]) distinct += 1;
  }
  return distinct;
}

/**
 * A history without a customer, such as a basket: current items without purchase days.
 * @param weights weight of each item, above 0
 */
export function purchasesOfItems(weights: ReadonlyMap<number, number>): Purchases {
  const entries = [...weights].toSorted(([left], [right]) => left - right);
  const unknownTimes = new Float64Array(entries.length).fill(Number.NaN);
  const history: History = {
    itemIndices: Uint32Array.from(entries, ([item]) => item),
    weights: Float32Array.from(entries, ([, weight]) => weight),
    daysBought: new Float32Array(entries.length),
    firstAt: unknownTimes,
    lastAt: unknownTimes,
    dayCount: 0,
  };
  return { history, known: new Set(weights.keys()), beforeLastAt: unknownTimes };
}

const EMPTY_PURCHASES = purchasesOfItems(new Map());
