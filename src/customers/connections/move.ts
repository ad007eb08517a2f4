/** Moves connections when customers are merged. */
import type { Database } from '#platform/database/database.ts';

import { takePairsOf, writePairs } from './rows.ts';

/**
 * Moves the connections of absorbed customers to the kept ones. Connections between the two are deleted, and existing
 * connections of the kept customer stay unchanged. Call while the absorbed customers are locked.
 * @param keepIds by the id of the absorbed customer
 */
export async function moveConnections(db: Database, keepIds: ReadonlyMap<string, string>): Promise<void> {
  const taken = await takePairsOf(db, [...keepIds.keys()]);
  const moved = taken.map((pair) => ({
    ...pair,
    fromId: keepIds.get(pair.fromId) ?? pair.fromId,
    toId: keepIds.get(pair.toId) ?? pair.toId,
  }));
  await writePairs(
    db,
    moved.filter(({ fromId, toId }) => fromId !== toId),
    'keep',
  );
}
