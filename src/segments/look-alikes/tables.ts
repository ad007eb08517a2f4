/** Tables of look-alikes and of how alike people are. */
import { doublePrecision, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { customers } from '#customers/tables.ts';
import { computedColumns, namedColumns } from '#named-resources/columns.ts';
import { customerId, instant } from '#platform/database/columns.ts';

import { segments } from '../tables.ts';
import type { LookAlikeReport, LookAlikeSettings } from './settings.ts';

export const lookAlikes = pgTable('look_alikes', {
  ...namedColumns(),
  description: text(),
  seedSegmentId: uuid('seed_segment_id')
    .notNull()
    .references(() => segments.id),
  settings: jsonb().$type<LookAlikeSettings>().notNull(),
  ...computedColumns(),
  /** Of the last success. Holds no person's id. */
  report: jsonb().$type<LookAlikeReport>(),
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
