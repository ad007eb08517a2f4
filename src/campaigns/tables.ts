/** Tables of campaigns and suppressions. */
import { doublePrecision, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';

import { customers } from '#customers/tables.ts';
import { namedColumns } from '#named-resources/columns.ts';
import { customerId, instant } from '#platform/database/columns.ts';

export type Channel = 'email' | 'sms' | 'push';
export type RankBy = 'revenue' | 'order_count' | 'average_order_value' | 'recency';
export type SuppressionReason = 'unsubscribed' | 'bounced' | 'complained' | 'manual';

/** The audience of a campaign, before any gate. Segments are identified by key. */
export interface AudienceDefinition {
  readonly includeSegments: readonly string[];
  readonly excludeSegments: readonly string[];
  readonly rule: string | null;
  /** Maximum number of customers, those of the highest rank. */
  readonly limit: number | null;
  readonly rankBy: RankBy | null;
}

export const campaigns = pgTable('campaigns', {
  ...namedColumns(),
  channel: text().$type<Channel>().notNull(),
  /** Purpose that consent is required for. */
  purpose: text().notNull(),
  audience: jsonb().$type<AudienceDefinition>().notNull(),
  content: jsonb().$type<Record<string, unknown>>().notNull(),
  /** Share held out as control group, 0 to 1. */
  holdoutShare: doublePrecision('holdout_share').notNull(),
  /** Selects the control group; unique per campaign, so that control groups are independent. */
  salt: text().notNull(),
  /** Maximum number of messages of any campaign to one customer within `capDays`; null is no cap. */
  capCount: integer('cap_count'),
  capDays: integer('cap_days'),
});

/** Suppressed channels of customers, regardless of consent. */
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
