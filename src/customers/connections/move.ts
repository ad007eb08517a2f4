/** What becomes of connections when people become one. Connects nobody anew. */
import type { Database } from '#platform/database/database.ts';

import { takePairsOf, writePairs } from './rows.ts';

/**
 * Hands the connections of absorbed people to those who took them in. What connected the two is gone, and what the kept
 * person had already stays as it was. Call while the absorbed people are locked.
 * @param keepIds by the id of the absorbed person
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
