/** Reads of identity conflicts in batches. */
import { perRequest } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { type ConflictRow, readConflictsByKey } from './rows.ts';
import { decodeConflictKey, encodeConflictKey } from './service.ts';

/** By the key in its global id; null for unknown ones. */
export const conflictByKey = perRequest(
  ({ db }) =>
    new DataLoader<string, ConflictRow | null>(async (keys) => {
      const rows = await readConflictsByKey(
        db,
        keys.flatMap((key) => decodeConflictKey(key) ?? []),
      );
      const byKey = new Map(rows.map((row) => [encodeConflictKey(row), row]));
      return keys.map((key) => byKey.get(key.toLowerCase()) ?? null);
    }),
);
