/** What a customer did, in the row numbers of a model: packed order lines made into a history. Reads nothing. */
import type { History } from './algorithms/interactions.ts';
import type { IdTable } from './id-table.ts';
import type { PackedLines } from './queries.ts';

export interface Purchases {
  /** Items that the customer bought and kept. */
  readonly history: History;
  /** Items bought at any time, kept or returned: nothing of it is new to the customer. */
  readonly known: ReadonlySet<number>;
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
  const keys = new Float64Array(lineCount);
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
  return collect(keys.subarray(0, keyCount).toSorted(), units);
}

/** @param units net units of the items of which some came back */
function collect(keys: Float64Array, units: ReadonlyMap<number, number> | null): Purchases {
  const known = new Set<number>(units?.keys());
  const days = new Set<number>();
  const itemIndices: number[] = [];
  const daysBought: number[] = [];
  const firstAt: number[] = [];
  const lastAt: number[] = [];
  const beforeLastAt: number[] = [];
  let previousItem = -1;
  let previousDay = -1;
  for (const key of keys) {
    const item = Math.floor(key / HIGH_WORD);
    if (units !== null && (units.get(item) ?? 1) <= 0) continue;
    const minute = key - item * HIGH_WORD;
    const day = Math.floor(minute / MINUTES_PER_DAY);
    days.add(day);
    if (item !== previousItem) {
      known.add(item);
      itemIndices.push(item);
      daysBought.push(1);
      firstAt.push(minute * MS_PER_MINUTE);
      lastAt.push(minute * MS_PER_MINUTE);
      beforeLastAt.push(Number.NaN);
    } else {
      const entry = itemIndices.length - 1;
      if (day !== previousDay) {
        daysBought[entry]! += 1;
        beforeLastAt[entry] = lastAt[entry]!;
      }
      lastAt[entry] = minute * MS_PER_MINUTE;
    }
    previousItem = item;
    previousDay = day;
  }
  const history: History = {
    itemIndices: Uint32Array.from(itemIndices),
    weights: new Float32Array(itemIndices.length).fill(1),
    daysBought: Float32Array.from(daysBought),
    firstAt: Float64Array.from(firstAt),
    lastAt: Float64Array.from(lastAt),
    dayCount: days.size,
  };
  return { history, known, beforeLastAt: Float64Array.from(beforeLastAt) };
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
