/** Tables of the tracking API: which messages came, those that wait to be worked off, and those that could not be used. */
import { index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { bytea, instant } from '#platform/database/columns.ts';

/** Message ids that were acknowledged, by which a retry is known again. Kept for TRACKING_DEDUPE_DAYS. */
export const trackingMessages = pgTable(
  'tracking_messages',
  {
    /** From a SHA-256 of source and message id. */
    id: uuid().primaryKey(),
    receivedAt: instant('received_at').notNull(),
  },
  (table) => [index('tracking_messages_received').on(table.receivedAt)],
);

/** Acknowledged messages that nobody has worked off yet: a row for each request, or for a part of a large one. */
export const trackingInbox = pgTable('tracking_inbox', {
  /** UUID version 7: the order in which requests came. */
  id: uuid().primaryKey(),
  source: text().notNull(),
  receivedAt: instant('received_at').notNull(),
  /** `merge` where the write key may join people whom stronger identities tell apart. */
  onConflict: text('on_conflict').$type<'keep' | 'merge'>().notNull(),
  messageCount: integer('message_count').notNull(),
  keyId: text('key_id').notNull(),
  /** The messages as JSON. They hold contact data. */
  sealed: bytea().notNull(),
});

/** Messages that could not be used, as they came. Kept for TRACKING_REJECT_DAYS. */
export const trackingRejects = pgTable(
  'tracking_rejects',
  {
    source: text().notNull(),
    /** From source and message id, so that a retry is the same reject. */
    id: uuid().notNull(),
    receivedAt: instant('received_at').notNull(),
    type: text().notNull(),
    messageId: text('message_id').notNull(),
    /** What was expected and what came. Never contact data. */
    reason: text().notNull(),
    onConflict: text('on_conflict').$type<'keep' | 'merge'>().notNull(),
    keyId: text('key_id').notNull(),
    /** The message as JSON. */
    sealed: bytea().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.id] }),
    index('tracking_rejects_received').on(table.receivedAt, table.id),
  ],
);
