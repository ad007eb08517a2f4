/** Columns that every named resource has. */
import { integer, text, uuid } from 'drizzle-orm/pg-core';

import { instant } from '#platform/database/columns.ts';

export const namedColumns = () => ({
  id: uuid().primaryKey(),
  key: text().notNull().unique(),
  name: text().notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  archivedAt: instant('archived_at'),
});

/** Columns of a resource that is computed in the background; see `computedResource`. */
export const computedColumns = () => ({
  /** Raised by each change of the settings, so that a result for older settings is discarded. */
  version: integer().notNull(),
  /** `waiting` for a computation, `ready`, or `failed`, which leaves the results of the last success in place. */
  status: text().$type<'waiting' | 'ready' | 'failed'>().notNull(),
  /** Why the last computation failed, in words for the caller. */
  failure: text(),
  computedAt: instant('computed_at'),
});
