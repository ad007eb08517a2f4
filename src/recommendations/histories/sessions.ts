/** Sessions as the viewed products, for training. Knows no model. */
import { setImmediate } from 'node:timers/promises';

import type { Database } from '#platform/database/database.ts';

import { createArrayBuilder } from '../training/array-builder.ts';
import { createIdIndex, type IdIndex, viewOf } from './id-index.ts';
import { BEFORE_ALL_CUSTOMERS, readViewsAfter } from '../queries.ts';
import type { Sessions } from '../recommenders/recommender.ts';

/** Older sessions are not representative of current interest. */
const NEWEST_DAYS = 90;
const MS_PER_DAY = 86_400_000;
const CHUNK_CUSTOMERS = 250;
/** A session of one product has no co-occurrences. */
const MIN_ITEMS = 2;

/**
 * Sessions of the last days with at least two products, customer by customer. Products outside `items` are ignored.
 * @param customerIds 16 bytes per customer of the training
 */
export async function readSessions(
  db: Database,
  items: IdIndex,
  customerIds: Uint8Array<ArrayBuffer>,
  now: Date,
  signal?: AbortSignal,
): Promise<Sessions> {
  const customers = createIdIndex(customerIds);
  const since = new Date(now.getTime() - NEWEST_DAYS * MS_PER_DAY);
  const itemIndices = createArrayBuilder(Uint32Array);
  const offsets = createArrayBuilder(Uint32Array);
  const times = createArrayBuilder(Float64Array);
  const userIndices = createArrayBuilder(Int32Array);
  offsets.append([0]);
  for (let afterId = BEFORE_ALL_CUSTOMERS; ;) {
    signal?.throwIfAborted();
    const sessions = await readViewsAfter(db, afterId, since, CHUNK_CUSTOMERS);
    for (const { customerId, beganAt, productIds } of sessions) {
      if (productIds === null) continue;
      const seen = new Set<number>();
      const ids = viewOf(productIds);
      for (let start = 0; start < productIds.length; start += 16) {
        const item = items.indexOf(ids, start);
        if (item !== -1) seen.add(item);
      }
      if (seen.size < MIN_ITEMS) continue;
      itemIndices.append(Uint32Array.from(seen).toSorted());
      offsets.append([itemIndices.length]);
      times.append([beganAt.getTime()]);
      userIndices.append([customers.find(customerId)]);
    }
    const last = sessions.at(-1);
    if (last === undefined) break;
    afterId = last.customerId;
    // The embedded database responds without leaving this process: yield to requests.
    await setImmediate();
  }
  return {
    itemIndices: await itemIndices.finish(),
    offsets: await offsets.finish(),
    times: await times.finish(),
    userIndices: await userIndices.finish(),
  };
}
