/** Purchases of a customer by day: packed order lines as baskets. */
import type { BasketHistory } from '../algorithms/baskets.ts';
import { type IdIndex, viewOf } from './id-index.ts';
import type { PackedLines } from '../queries.ts';

const ID_BYTES = 16;
const MS_PER_DAY = 86_400_000;
const MICROSECONDS_PER_DAY = 1000 * MS_PER_DAY;
/** Days from 1970-01-01 to 2000-01-01, the epoch of Postgres. */
const DAYS_TO_2000 = 10_957;
const HIGH_WORD = 2 ** 32;

export interface PurchaseDays {
  /** Oldest first; items of a basket ascend. */
  readonly baskets: BasketHistory;
  /** Beginning of each UTC day, ms since 1970. */
  readonly times: readonly number[];
}

/** @param kept ascending indexes of items bought and not returned: baskets contain no others */
export function unpackPurchaseDays(
  lines: PackedLines | null,
  items: IdIndex,
  kept: Uint32Array,
): PurchaseDays {
  if (lines === null || kept.length === 0) return { baskets: [], times: [] };
  const isKept = new Set(kept);
  const productIds = viewOf(lines.productIds);
  const placedAt = viewOf(lines.placedAt);
  const quantities = viewOf(lines.quantities);
  const lineCount = lines.quantities.length / 4;
  // One number per line, which sorts by day and then by item.
  const keys = new Float64Array(lineCount);
  let keyCount = 0;
  for (let line = 0; line < lineCount; line += 1) {
    if (quantities.getInt32(line * 4) <= 0) continue;
    const item = items.indexOf(productIds, line * ID_BYTES);
    if (!isKept.has(item)) continue;
    const microseconds = placedAt.getInt32(line * 8) * HIGH_WORD + placedAt.getUint32(line * 8 + 4);
    const day = Math.floor(microseconds / MICROSECONDS_PER_DAY) + DAYS_TO_2000;
    keys[keyCount] = Math.max(0, day) * HIGH_WORD + item;
    keyCount += 1;
  }
  return groupByDay(keys.subarray(0, keyCount).toSorted());
}

function groupByDay(keys: Float64Array): PurchaseDays {
  const baskets: Uint32Array[] = [];
  const times: number[] = [];
  let basket: number[] = [];
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index]!;
    const day = Math.floor(key / HIGH_WORD);
    if (key !== keys[index - 1]) basket.push(key - day * HIGH_WORD);
    const isLastOfDay = index + 1 === keys.length || Math.floor(keys[index + 1]! / HIGH_WORD) !== day;
    if (!isLastOfDay) continue;
    baskets.push(Uint32Array.from(basket));
    times.push(day * MS_PER_DAY);
    basket = [];
  }
  return { baskets, times };
}
