/** Tables of campaigns and who must not be reached. */
import { doublePrecision, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { customers } from '#customers/tables.ts';
import { customerId, instant } from '#platform/database/columns.ts';

export interface AudienceDefinition {
  readonly includeSegments: readonly string[];
  readonly excludeSegments: readonly string[];
  readonly rule: string | null;
  /** At most so many people, those of the highest score. */
  readonly limit: number | null;
  readonly rankBy: string | null;
}

export const campaigns = pgTable('campaigns', {
  id: uuid().primaryKey(),
  key: text().notNull().unique(),
  name: text().notNull(),
  channel: text().$type<'email' | 'sms' | 'push'>().notNull(),
  /** Purpose of processing that consent is asked for. */
  purpose: text().notNull(),
  audience: jsonb().$type<AudienceDefinition>().notNull(),
  content: jsonb().$type<Record<string, unknown>>().notNull(),
  /** Share held out as control group, 0 to 1. */
  holdoutShare: doublePrecision('holdout_share').notNull(),
  salt: text().notNull(),
  /** At most so many messages of any campaign to one person within `capDays`. */
  capCount: integer('cap_count').notNull(),
  capDays: integer('cap_days').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  archivedAt: instant('archived_at'),
});

/** People who must not be reached on a channel, whatever they agreed to. */
export const suppressions = pgTable(
  'suppressions',
  {
    customerId: customerId().references(() => customers.id),
    channel: text().notNull(),
    reason: text().$type<'unsubscribed' | 'bounced' | 'complained' | 'manual'>().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.channel] })],
);
