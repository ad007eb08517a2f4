/** Tables of look-alikes and of how alike people are. */
import { doublePrecision, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { customers } from '#customers/tables.ts';
import { customerId, instant } from '#platform/database/columns.ts';

import { segments } from '../tables.ts';
import type { LookAlikeReport, LookAlikeSettings } from './settings.ts';

export const lookAlikes = pgTable('look_alikes', {
  id: uuid().primaryKey(),
  key: text().notNull().unique(),
  name: text().notNull(),
  description: text(),
  seedSegmentId: uuid('seed_segment_id')
    .notNull()
    .references(() => segments.id),
  settings: jsonb().$type<LookAlikeSettings>().notNull(),
  /** Counts the changes of the settings, so that what was computed for older ones is thrown away. */
  version: integer().notNull(),
  /** `waiting` for a computation, `ready`, or `failed` with the scores of the last success still there. */
  status: text().$type<'waiting' | 'ready' | 'failed'>().notNull(),
  /** Why the last computation failed, for the caller to read. */
  failure: text(),
  /** Of the last success. Holds no person's id. */
  report: jsonb().$type<LookAlikeReport>(),
  computedAt: instant('computed_at'),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  archivedAt: instant('archived_at'),
});

/** The more alike half of the people who are not seeds. */
export const lookAlikeScores = pgTable(
  'look_alike_scores',
  {
    customerId: customerId().references(() => customers.id),
    lookAlikeId: uuid('look_alike_id')
      .notNull()
      .references(() => lookAlikes.id),
    /** 0 to 1, 1 the most alike. */
    score: doublePrecision().notNull(),
    /** Rank over the people who were ranked, above 0 for the most alike, to 1. */
    share: doublePrecision().notNull(),
    scoredAt: instant('scored_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.lookAlikeId] }),
    index('look_alike_scores_share').on(table.lookAlikeId, table.share, table.customerId),
  ],
);
