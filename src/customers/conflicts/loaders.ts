/** Reads of identity conflicts in batches. */
import { loadOne } from '#platform/loaders.ts';

import { readConflictsByKey } from './rows.ts';
import { decodeConflictKey, encodeConflictKey } from './service.ts';

/** By the key in its global id, in lower case; null for unknown ones. */
export const conflictByKey = loadOne(
  (db, keys) =>
    readConflictsByKey(
      db,
      keys.flatMap((key) => decodeConflictKey(key) ?? []),
    ),
  encodeConflictKey,
);
