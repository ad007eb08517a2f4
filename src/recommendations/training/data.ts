/** Reads all purchases once and maps ids to indexes: the only input of training. */
import { setImmediate } from 'node:timers/promises';

import type { Database } from '#platform/database/database.ts';

import { createArrayBuilder } from './array-builder.ts';
import { createIdIndex, packIds, viewOf } from '../histories/id-index.ts';
import { unpackPurchaseDays } from '../histories/purchase-days.ts';
import { unpackPurchases } from '../histories/purchases.ts';
import {
  BEFORE_ALL_CUSTOMERS,
  readCountries,
  readLinesAfter,
  readProductWords,
  readSegmentMembers,
} from '../queries.ts';
import type { CustomerGroup, TrainingData } from '../recommenders/recommender.ts';
import { readSessions } from '../histories/sessions.ts';
import { readSocialGraph } from './social-graph.ts';

/**
 * Customers per statement: enough to amortise its fixed cost, few enough that an embedded database serves others in
 * between.
 */
const CHUNK_CUSTOMERS = 250;

/** Histories unpacked before requests are served in between. */
const CUSTOMERS_PER_TURN = 50;

/** Popularity is computed for the largest groups with enough customers. */
const MAX_GROUPS = 64;
const MIN_GROUP_CUSTOMERS = 20;

/**
 * Streams the order lines customer by customer, in the order of their ids, and stores only numbers: 16 bytes per
 * customer, 32 per customer and product and 4 per line. A history is read exactly as for a recommendation. Excludes
 * guests, merged and erased customers, services and fully returned products.
 * @param onProgress called with the number of customers read
 */
export async function readTrainingData(
  db: Database,
  now: Date,
  { onProgress, signal }: { onProgress?: (customerCount: number) => void; signal?: AbortSignal } = {},
): Promise<TrainingData> {
  // All products: one without a buyer is recommended by its words.
  const words = await readProductWords(db);
  const products = createIdIndex(packIds(words.map(({ id }) => id)));
  const offsets = createArrayBuilder(Uint32Array);
  const columns = createArrayBuilder(Uint32Array);
  const daysBought = createArrayBuilder(Float32Array);
  const firstAt = createArrayBuilder(Float64Array);
  const lastAt = createArrayBuilder(Float64Array);
  const beforeLastAt = createArrayBuilder(Float64Array);
  const dayCounts = createArrayBuilder(Uint32Array);
  const customerIds = createArrayBuilder(Uint8Array);
  const countries: (string | null)[] = [];
  const userOffsets = createArrayBuilder(Uint32Array);
  const basketOffsets = createArrayBuilder(Uint32Array);
  const basketItems = createArrayBuilder(Uint32Array);
  const basketTimes = createArrayBuilder(Float64Array);
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;

  offsets.append([0]);
  userOffsets.append([0]);
  basketOffsets.append([0]);
  for (let afterId = BEFORE_ALL_CUSTOMERS; ;) {
    signal?.throwIfAborted();
    const chunk = await readLinesAfter(db, afterId, CHUNK_CUSTOMERS);
    const people = await readCountries(
      db,
      chunk.map((lines) => lines.customerId),
    );
    const countryOf = new Map(people.map((person) => [person.id, person.country]));
    for (const [position, lines] of chunk.entries()) {
      // Hundreds of long histories in one turn would block requests for 40 ms.
      if (position % CUSTOMERS_PER_TURN === 0) await setImmediate();
      const country = countryOf.get(lines.customerId);
      const { history, ...purchases } = unpackPurchases(lines, products);
      if (country === undefined || history.itemIndices.length === 0) continue;
      for (const time of history.firstAt) fromMs = Math.min(fromMs, time);
      for (const time of history.lastAt) toMs = Math.max(toMs, time);
      columns.append(history.itemIndices);
      daysBought.append(history.daysBought);
      firstAt.append(history.firstAt);
      lastAt.append(history.lastAt);
      beforeLastAt.append(purchases.beforeLastAt);
      dayCounts.append([history.dayCount]);
      offsets.append([columns.length]);
      customerIds.append(packIds([lines.customerId]));
      countries.push(country);
      const days = unpackPurchaseDays(lines, products, history.itemIndices);
      for (const basket of days.baskets) {
        basketItems.append(basket);
        basketOffsets.append([basketItems.length]);
      }
      basketTimes.append(days.times);
      userOffsets.append([basketTimes.length]);
    }
    onProgress?.(countries.length);
    const last = chunk.at(-1);
    if (last === undefined || chunk.length < CHUNK_CUSTOMERS) break;
    afterId = last.customerId;
  }

  const productIds = products.bytes;
  const byUser = {
    rowCount: countries.length,
    columnCount: products.count,
    offsets: await offsets.finish(),
    columns: await columns.finish(),
    values: await daysBought.finish(),
  };
  const times = { firstAt: await firstAt.finish(), lastAt: await lastAt.finish() };
  const countryNames = findLargest(countries);
  const countryIndex = new Map(countryNames.map((name, index) => [name, index]));
  const packedCustomerIds = await customerIds.finish();
  return {
    interactions: { byUser, ...times, dayCounts: await dayCounts.finish() },
    beforeLastAt: await beforeLastAt.finish(),
    productIds,
    customerIds: packedCustomerIds,
    countries: Int32Array.from(countries, (country) =>
      country === null ? -1 : (countryIndex.get(country) ?? -1),
    ),
    countryNames,
    baskets: {
      itemCount: products.count,
      userOffsets: await userOffsets.finish(),
      basketOffsets: await basketOffsets.finish(),
      itemIndices: await basketItems.finish(),
      times: await basketTimes.finish(),
    },
    sessions: await readSessions(db, products, packedCustomerIds, now, signal),
    productTexts: words.map(({ text }) => text),
    segments: await readGroups(db, packedCustomerIds),
    ties: await readSocialGraph(db, packedCustomerIds, signal),
    fromMs,
    toMs,
  };
}

/** The largest segments with enough customers of the training. */
async function readGroups(
  db: Database,
  customerIds: Uint8Array<ArrayBuffer>,
): Promise<readonly CustomerGroup[]> {
  const customers = createIdIndex(customerIds);
  const groups = (await readSegmentMembers(db)).map(({ segment, customerIds: members }) => {
    const userIndices = new Uint32Array(members.length / 16);
    const ids = viewOf(members);
    let count = 0;
    for (let start = 0; start < members.length; start += 16) {
      const user = customers.indexOf(ids, start);
      if (user === -1) continue;
      userIndices[count] = user;
      count += 1;
    }
    return { name: segment, userIndices: userIndices.slice(0, count) };
  });
  return groups
    .filter(({ userIndices }) => userIndices.length >= MIN_GROUP_CUSTOMERS)
    .toSorted((left, right) => right.userIndices.length - left.userIndices.length)
    .slice(0, MAX_GROUPS);
}

/** Largest first; ties by name, so that equal data gives equal indexes. */
function findLargest(countries: readonly (string | null)[]): string[] {
  const sizes = new Map<string, number>();
  for (const country of countries) if (country !== null) sizes.set(country, (sizes.get(country) ?? 0) + 1);
  return [...sizes]
    .filter(([, size]) => size >= MIN_GROUP_CUSTOMERS)
    .toSorted(([left, leftSize], [right, rightSize]) => rightSize - leftSize || (left < right ? -1 : 1))
    .slice(0, MAX_GROUPS)
    .map(([name]) => name);
}
