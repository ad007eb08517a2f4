/** Reads all purchases once and maps ids to row numbers: the only way into training. Trains nothing. */
import { setImmediate } from 'node:timers/promises';

import type { Database } from '#platform/database/database.ts';

import { createGrowingArray } from './growing-array.ts';
import { createIdTable, packIds } from './id-table.ts';
import { unpackPurchases } from './purchases.ts';
import { BEFORE_ALL_CUSTOMERS, readCountries, readLinesAfter, readProductIds } from './queries.ts';
import type { TrainingData } from './recommenders/recommender.ts';

/** Customers per statement: enough that its start costs little, few enough that an embedded database answers others between. */
const CHUNK_CUSTOMERS = 250;

/** Popularity is told apart for the largest countries, each of which must have enough customers to tell anything. */
const MOST_COUNTRIES = 64;
const LEAST_COUNTRY_CUSTOMERS = 20;

/**
 * Streams the order lines customer by customer, in the order of their ids, and keeps numbers only: 16 bytes per
 * customer and 32 per customer and product. A history is read here exactly as it is when somebody asks for
 * recommendations. Guests, merged and erased people, services and products that came back whole are left out.
 * @param onProgress called with the number of customers read
 */
export async function readTrainingData(
  db: Database,
  { onProgress, signal }: { onProgress?: (customerCount: number) => void; signal?: AbortSignal } = {},
): Promise<TrainingData> {
  const products = createIdTable(packIds(await readProductIds(db)));
  const isSold = new Uint8Array(products.count);
  const offsets = createGrowingArray(Uint32Array);
  const columns = createGrowingArray(Uint32Array);
  const days = createGrowingArray(Float32Array);
  const firstAt = createGrowingArray(Float64Array);
  const lastAt = createGrowingArray(Float64Array);
  const beforeLastAt = createGrowingArray(Float64Array);
  const dayCounts = createGrowingArray(Uint32Array);
  const customerIds = createGrowingArray(Uint8Array);
  const countries: (string | null)[] = [];
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;

  offsets.append([0]);
  for (let afterId = BEFORE_ALL_CUSTOMERS; ;) {
    signal?.throwIfAborted();
    const chunk = await readLinesAfter(db, afterId, CHUNK_CUSTOMERS);
    const people = await readCountries(
      db,
      chunk.map((lines) => lines.customerId),
    );
    const countryOf = new Map(people.map((person) => [person.id, person.country]));
    for (const lines of chunk) {
      const country = countryOf.get(lines.customerId);
      const { history, ...purchases } = unpackPurchases(lines, products);
      if (country === undefined || history.itemIndices.length === 0) continue;
      for (const time of history.firstAt) fromMs = Math.min(fromMs, time);
      for (const time of history.lastAt) toMs = Math.max(toMs, time);
      for (const item of history.itemIndices) isSold[item] = 1;
      columns.append(history.itemIndices);
      days.append(history.daysBought);
      firstAt.append(history.firstAt);
      lastAt.append(history.lastAt);
      beforeLastAt.append(purchases.beforeLastAt);
      dayCounts.append([history.dayCount]);
      offsets.append([columns.length]);
      customerIds.append(packIds([lines.customerId]));
      countries.push(country);
    }
    onProgress?.(countries.length);
    const last = chunk.at(-1);
    if (last === undefined || chunk.length < CHUNK_CUSTOMERS) break;
    afterId = last.customerId;
    // The embedded database answers without ever leaving this process: let requests in between.
    await setImmediate();
  }

  const { productIds, newIndex } = dropUnsold(products.bytes, isSold);
  const items = await columns.finish();
  for (let slot = 0; slot < items.length; slot += 1) items[slot] = newIndex[items[slot]!]!;
  const byUser = {
    rowCount: countries.length,
    columnCount: productIds.length / 16,
    offsets: await offsets.finish(),
    columns: items,
    values: await days.finish(),
  };
  const times = { firstAt: await firstAt.finish(), lastAt: await lastAt.finish() };
  const countryNames = findLargest(countries);
  const countryIndex = new Map(countryNames.map((name, index) => [name, index]));
  return {
    interactions: { byUser, ...times, dayCounts: await dayCounts.finish() },
    beforeLastAt: await beforeLastAt.finish(),
    productIds,
    customerIds: await customerIds.finish(),
    countries: Int32Array.from(countries, (country) =>
      country === null ? -1 : (countryIndex.get(country) ?? -1),
    ),
    countryNames,
    fromMs,
    toMs,
  };
}

/** Leaves out products that nobody has, in the order of the rest. */
function dropUnsold(
  productIds: Uint8Array,
  isSold: Uint8Array,
): { readonly productIds: Uint8Array<ArrayBuffer>; readonly newIndex: Uint32Array } {
  const kept = new Uint8Array(productIds.length);
  const newIndex = new Uint32Array(isSold.length);
  let count = 0;
  for (let product = 0; product < isSold.length; product += 1) {
    if (isSold[product] === 0) continue;
    kept.set(productIds.subarray(product * 16, product * 16 + 16), count * 16);
    newIndex[product] = count;
    count += 1;
  }
  return { productIds: kept.slice(0, count * 16), newIndex };
}

/** Largest first; by name where equal, so that the same people give the same numbers. */
function findLargest(countries: readonly (string | null)[]): string[] {
  const sizes = new Map<string, number>();
  for (const country of countries) if (country !== null) sizes.set(country, (sizes.get(country) ?? 0) + 1);
  return [...sizes]
    .filter(([, size]) => size >= LEAST_COUNTRY_CUSTOMERS)
    .toSorted(([left, leftSize], [right, rightSize]) => rightSize - leftSize || (left < right ? -1 : 1))
    .slice(0, MOST_COUNTRIES)
    .map(([name]) => name);
}
