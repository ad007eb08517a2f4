/** Tables of the tracking API: message ids, waiting messages, and rejected ones. */
import { index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { bytea, instant } from '#platform/database/columns.ts';

/** Acknowledged message ids, by which a retry is recognised. Stored for TRACKING_DEDUPE_DAYS. */
export const trackingMessages = pgTable(
  'tracking_messages',
  {
    /** From a SHA-256 of source and message id. */
    id: uuid().primaryKey(),
    receivedAt: instant('received_at').notNull(),
  },
  (table) => [index('tracking_messages_received').on(table.receivedAt)],
);

/** Acknowledged messages before their processing: a row for each request, or for a part of a large one. */
export const trackingInbox = pgTable('tracking_inbox', {
  /** UUID version 7: the order of arrival. */
  id: uuid().primaryKey(),
  source: text().notNull(),
  receivedAt: instant('received_at').notNull(),
  /** `merge` where the write key may merge customers whose stronger identities differ. */
  onConflict: text('on_conflict').$type<'keep' | 'merge'>().notNull(),
  messageCount: integer('message_count').notNull(),
  keyId: text('key_id').notNull(),
  /** The messages as JSON, with contact data. */
  sealed: bytea().notNull(),
});

/** Rejected messages, as received. Stored for TRACKING_REJECT_DAYS. */
export const trackingRejects = pgTable(
  'tracking_rejects',
  {
    source: text().notNull(),
    /** From source and message id, so that a retry is the same reject. */
    id: uuid().notNull(),
    receivedAt: instant('received_at').notNull(),
    type: text().notNull(),
    messageId: text('message_id').notNull(),
    /** The expected and the actual value. Never contact data. */
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
