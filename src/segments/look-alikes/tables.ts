/** Tables of look-alikes and of similarity scores. */
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
  /** Of the last success. Contains no customer ids. */
  report: jsonb().$type<LookAlikeReport>(),
});

/** The more similar half of the ranked customers. */
export const lookAlikeScores = pgTable(
  'look_alike_scores',
  {
    customerId: customerId().references(() => customers.id),
    lookAlikeId: uuid('look_alike_id')
      .notNull()
      .references(() => lookAlikes.id),
    /** 0 to 1, 1 the most similar. */
    score: doublePrecision().notNull(),
    /** Relative rank among the ranked customers, above 0 for the most similar, to 1. */
    share: doublePrecision().notNull(),
    scoredAt: instant('scored_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.lookAlikeId] }),
    index('look_alike_scores_share').on(table.lookAlikeId, table.share, table.customerId),
  ],
);
