/** Tables of campaigns and who must not be reached. */
import { doublePrecision, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';

import { customers } from '#customers/tables.ts';
import { namedColumns } from '#named-resources/columns.ts';
import { customerId, instant } from '#platform/database/columns.ts';

export type Channel = 'email' | 'sms' | 'push';
export type RankBy = 'revenue' | 'order_count' | 'average_order_value' | 'recency';
export type SuppressionReason = 'unsubscribed' | 'bounced' | 'complained' | 'manual';

/** Whom a campaign is for, before any gate. Segments are named by key. */
export interface AudienceDefinition {
  readonly includeSegments: readonly string[];
  readonly excludeSegments: readonly string[];
  readonly rule: string | null;
  /** At most so many people, those who rank highest. */
  readonly limit: number | null;
  readonly rankBy: RankBy | null;
}

export const campaigns = pgTable('campaigns', {
  ...namedColumns(),
  channel: text().$type<Channel>().notNull(),
  /** Purpose of processing that consent is asked for. */
  purpose: text().notNull(),
  audience: jsonb().$type<AudienceDefinition>().notNull(),
  content: jsonb().$type<Record<string, unknown>>().notNull(),
  /** Share held out as control group, 0 to 1. */
  holdoutShare: doublePrecision('holdout_share').notNull(),
  /** Draws the control group; of its own for each campaign, so that no two hold out the same people. */
  salt: text().notNull(),
  /** At most so many messages of any campaign to one person within `capDays`; null is no cap. */
  capCount: integer('cap_count'),
  capDays: integer('cap_days'),
});

/** People who must not be reached on a channel, whatever they agreed to. */
export const suppressions = pgTable(
  'suppressions',
  {
    customerId: customerId().references(() => customers.id),
    channel: text().$type<Channel>().notNull(),
    reason: text().$type<SuppressionReason>().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.channel] })],
);
