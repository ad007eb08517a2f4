/** Tables of segments and who is in them. */
import { boolean, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { customers } from '#customers/tables.ts';
import { customerId, instant } from '#platform/database/columns.ts';

export const segments = pgTable('segments', {
  id: uuid().primaryKey(),
  key: text().notNull().unique(),
  name: text().notNull(),
  description: text(),
  rule: text().notNull(),
  ruleVersion: integer('rule_version').notNull(),
  /** Whether the rule speaks of the present time, so that membership can change with no event. */
  isTimeDriven: boolean('is_time_driven').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  evaluatedAt: instant('evaluated_at'),
  archivedAt: instant('archived_at'),
});

export const segmentMemberships = pgTable(
  'segment_memberships',
  {
    customerId: customerId().references(() => customers.id),
    segmentId: uuid('segment_id')
      .notNull()
      .references(() => segments.id),
    enteredAt: instant('entered_at').notNull(),
    ruleVersion: integer('rule_version').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.segmentId] }),
    index('segment_memberships_segment').on(table.segmentId, table.enteredAt, table.customerId),
  ],
);
