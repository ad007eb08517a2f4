/** Tables of segments and lists, their members, and former members. */
import { sql } from 'drizzle-orm';
import { boolean, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { customers } from '#customers/tables.ts';
import { namedColumns } from '#named-resources/columns.ts';
import { customerId, instant } from '#platform/database/columns.ts';

export const segments = pgTable('segments', {
  ...namedColumns(),
  description: text(),
  rule: text().notNull(),
  ruleVersion: integer('rule_version').notNull(),
  /** Whether the rule depends on the present time, so that membership can change without an event. */
  isTimeDriven: boolean('is_time_driven').notNull(),
  evaluatedAt: instant('evaluated_at'),
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

/** The cause of entering or leaving; see `MembershipCause` in the schema. */
export type MembershipCauseName =
  | 'event'
  | 'trait'
  | 'consent'
  | 'list'
  | 'segment'
  | 'group'
  | 'person'
  | 'time'
  | 'rule'
  | 'evaluation'
  | 'archive';

/** Every time span that a customer was a member of a segment, open ones included. Written in the transaction of the membership. */
export const membershipIntervals = pgTable(
  'membership_intervals',
  {
    customerId: customerId().references(() => customers.id),
    segmentId: uuid('segment_id')
      .notNull()
      .references(() => segments.id),
    enteredAt: instant('entered_at').notNull(),
    enteredVersion: integer('entered_version').notNull(),
    enteredCause: text('entered_cause').$type<MembershipCauseName>().notNull(),
    /** The event or order, where one was the cause. */
    enteredEventId: uuid('entered_event_id'),
    /** Null while the customer is in. */
    leftAt: instant('left_at'),
    leftVersion: integer('left_version'),
    leftCause: text('left_cause').$type<MembershipCauseName>(),
    leftEventId: uuid('left_event_id'),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.segmentId, table.enteredAt] }),
    index('membership_intervals_segment').on(table.segmentId, table.enteredAt, table.customerId),
    index('membership_intervals_customer').on(table.customerId, table.enteredAt, table.segmentId),
    index('membership_intervals_open')
      .on(table.segmentId, table.customerId)
      .where(sql`left_at is null`),
  ],
);

/** When time alone may next change whether a customer matches a rule. */
export const membershipReevaluations = pgTable(
  'membership_reevaluations',
  {
    customerId: customerId().references(() => customers.id),
    segmentId: uuid('segment_id')
      .notNull()
      .references(() => segments.id),
    dueAt: instant('due_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.segmentId] }),
    index('membership_reevaluations_at').on(table.dueAt),
    index('membership_reevaluations_segment').on(table.segmentId),
  ],
);

/** Lists of manually selected customers. */
export const customerLists = pgTable('customer_lists', {
  ...namedColumns(),
  description: text(),
});

export const customerListMembers = pgTable(
  'customer_list_members',
  {
    customerId: customerId().references(() => customers.id),
    listId: uuid('list_id')
      .notNull()
      .references(() => customerLists.id),
    addedAt: instant('added_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.listId] }),
    index('customer_list_members_list').on(table.listId, table.addedAt, table.customerId),
  ],
);
