/** What a customer did, in the row numbers of a model: packed order lines made into a history. Reads nothing. */
import type { History } from './algorithms/interactions.ts';
import type { IdTable } from './id-table.ts';
import type { PackedLines } from './queries.ts';

/** Row numbers of items, to be asked one by one. */
export interface ItemSet {
  has(itemIndex: number): boolean;
}

export interface Purchases {
  /** Items that the customer bought and kept. */
  readonly history: History;
  /** Items bought at any time, kept or returned: nothing of it is new to the customer. */
  readonly known: ItemSet;
  /** Per item of the history the last purchase before the day of the last one, ms since 1970; NaN where none was. */
  readonly beforeLastAt: Float64Array;
}

const ID_BYTES = 16;
const MINUTES_PER_DAY = 1440;
const MS_PER_MINUTE = 60_000;
/** Minutes from 1970-01-01 to 2000-01-01, where the database's instants begin. */
const MINUTES_TO_2000 = 10_957 * MINUTES_PER_DAY;
const MICROSECONDS_PER_MINUTE = 60_000_000;
const HIGH_WORD = 2 ** 32;

/**
 * Counts, for each product of the model, the distinct UTC days on which it was bought, with the first and last.
 * A product of which as many units came back as were bought counts as returned. O(lines · log lines).
 */
export function unpackPurchases(lines: PackedLines | null, items: IdTable): Purchases {
  if (lines === null) return EMPTY_PURCHASES;
  const placedAt = viewOf(lines.placedAt);
  const quantities = viewOf(lines.quantities);
  const lineCount = lines.quantities.length / 4;

  // One number per bought line, which sorts by item and then by minute.
  const keys = scratchFor(lineCount).subarray(0, lineCount);
  let keyCount = 0;
  let units: Map<number, number> | null = null;
  for (let line = 0; line < lineCount; line += 1) {
    const item = items.indexOf(lines.productIds, line * ID_BYTES);
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
      const item = items.indexOf(lines.productIds, line * ID_BYTES);
      const returned = units.get(item);
      if (returned !== undefined) units.set(item, returned + quantity);
    }
  }
  const bought = keys.subarray(0, keyCount);
  bought.sort();
  return collect(bought, units);
}

/** For keys and days while they are sorted: memory of its own for each would cost more than the sorting. */
let scratch = new Float64Array(1024);

/** Room for twice so many numbers; what another caller put there is gone. */
function scratchFor(count: number): Float64Array {
  if (scratch.length < 2 * count) scratch = new Float64Array(4 * count);
  return scratch;
}

/**
 * @param keys ascending
 * @param units net units of the items of which some came back
 */
function collect(keys: Float64Array, units: ReadonlyMap<number, number> | null): Purchases {
  const room = countItems(keys, units);
  // One piece of memory for all of it: a customer's history lives and dies as a whole.
  const memory = new ArrayBuffer(room * 36);
  const firstAt = new Float64Array(memory, 0, room);
  const lastAt = new Float64Array(memory, room * 8, room);
  const beforeLastAt = new Float64Array(memory, room * 16, room);
  const itemIndices = new Uint32Array(memory, room * 24, room);
  const daysBought = new Float32Array(memory, room * 28, room);
  const weights = new Float32Array(memory, room * 32, room).fill(1);
  const days = scratch.subarray(keys.length, 2 * keys.length);
  let size = 0;
  let keptKeys = 0;
  let previousItem = -1;
  let previousDay = -1;
  for (let place = 0; place < keys.length; place += 1) {
    const key = keys[place]!;
    const item = Math.floor(key / HIGH_WORD);
    if (units !== null && (units.get(item) ?? 1) <= 0) continue;
    const minute = key - item * HIGH_WORD;
    const day = Math.floor(minute / MINUTES_PER_DAY);
    days[keptKeys] = day;
    keptKeys += 1;
    if (item !== previousItem) {
      itemIndices[size] = item;
      daysBought[size] = 1;
      firstAt[size] = minute * MS_PER_MINUTE;
      lastAt[size] = minute * MS_PER_MINUTE;
      beforeLastAt[size] = Number.NaN;
      size += 1;
    } else {
      const entry = size - 1;
      if (day !== previousDay) {
        daysBought[entry]! += 1;
        beforeLastAt[entry] = lastAt[entry]!;
      }
      lastAt[entry] = minute * MS_PER_MINUTE;
    }
    previousItem = item;
    previousDay = day;
  }
  const boughtOn = days.subarray(0, keptKeys);
  boughtOn.sort();
  const history = { itemIndices, weights, daysBought, firstAt, lastAt, dayCount: countDistinct(boughtOn) };
  const known = units === null ? createItemSet(itemIndices) : new Set([...itemIndices, ...units.keys()]);
  return { history, known, beforeLastAt };
}

/** How many items there are of which something was kept. */
function countItems(keys: Float64Array, units: ReadonlyMap<number, number> | null): number {
  let count = 0;
  let previous = -1;
  for (let place = 0; place < keys.length; place += 1) {
    const item = Math.floor(keys[place]! / HIGH_WORD);
    if (item === previous) continue;
    previous = item;
    if (units === null || (units.get(item) ?? 1) > 0) count += 1;
  }
  return count;
}

/** @param values ascending */
function countDistinct(values: Float64Array): number {
  let count = 0;
  for (let place = 0; place < values.length; place += 1) {
    if (place === 0 || values[place] !== values[place - 1]) count += 1;
  }
  return count;
}

/** A list of a few dozen is searched faster than a set of it is made. @param items ascending */
function createItemSet(items: Uint32Array): ItemSet {
  return {
    has(item) {
      let low = 0;
      let high = items.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (items[middle]! < item) low = middle + 1;
        else high = middle;
      }
      return items[low] === item;
    },
  };
}

/**
 * A taste without a customer, such as a basket: items that are there now, bought on no day.
 * @param weights how much each item speaks, above 0
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

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
