/** Connections between the customers of a training. Reads no purchases. */
import type { Database } from '#platform/database/database.ts';

import { type ConnectedCustomer, EDGE_KINDS, type EdgeKind } from '../algorithms/social.ts';
import { historyOf, type Interactions } from '../algorithms/interactions.ts';
import { createIdIndex, formatId } from '../histories/id-index.ts';
import { type ClosestRow, hasConnections, readClosest } from '../queries.ts';
import type { SocialGraph } from '../recommenders/recommender.ts';

/** Maximum number of connected customers per customer: bounds the reads of histories. */
export const MAX_CONNECTED = 50;

/** Customers per statement: few enough that an embedded database serves others in between. */
const CHUNK_CUSTOMERS = 1000;

/** Closest first, without duplicates. @param rows of one customer, closest first */
export function keepClosest(rows: readonly ClosestRow[]): ReadonlyMap<string, EdgeKind> {
  const closest = new Map<string, EdgeKind>();
  for (const { otherId, kind } of rows) if (!closest.has(otherId)) closest.set(otherId, kind);
  return closest;
}

/** As for requests, so that measured and served results agree. @param customerIds 16 bytes each */
export async function readSocialGraph(
  db: Database,
  customerIds: Uint8Array<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<SocialGraph> {
  const customers = createIdIndex(customerIds);
  const offsets = new Uint32Array(customers.count + 1);
  const userIndices: number[] = [];
  const kinds: number[] = [];
  const isEmpty = !(await hasConnections(db));
  for (let start = 0; start < customers.count; start += CHUNK_CUSTOMERS) {
    signal?.throwIfAborted();
    const end = Math.min(start + CHUNK_CUSTOMERS, customers.count);
    const ids = Array.from({ length: end - start }, (_, index) => formatId(customerIds, start + index));
    const rows = isEmpty ? [] : await readClosest(db, ids, MAX_CONNECTED);
    const byCustomer = Map.groupBy(rows, ({ customerId }) => customerId);
    for (const [index, id] of ids.entries()) {
      for (const [otherId, kind] of keepClosest(byCustomer.get(id) ?? [])) {
        const user = customers.find(otherId);
        if (user === -1) continue;
        userIndices.push(user);
        kinds.push(EDGE_KINDS.indexOf(kind));
      }
      offsets[start + index + 1] = userIndices.length;
    }
  }
  return { offsets, userIndices: Uint32Array.from(userIndices), kinds: Uint8Array.from(kinds) };
}

/** The connected customers of a customer of the training, with their items. */
export function connectedOf(
  ties: SocialGraph,
  interactions: Interactions,
  userIndex: number,
): readonly ConnectedCustomer[] {
  const start = ties.offsets[userIndex]!;
  const end = ties.offsets[userIndex + 1]!;
  return Array.from(ties.userIndices.subarray(start, end), (other, index) => ({
    kind: EDGE_KINDS[ties.kinds[start + index]!]!,
    history: historyOf(interactions, other),
  }));
}
