/** Tables of webhooks, and of what was sent to them. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

import type { ChangeKind } from '#changes/tables.ts';
import { instant, xid8 } from '#platform/database/columns.ts';

/** Sealed with the contact-data keys. */
export interface StoredSecret {
  readonly keyId: string;
  /** Base64. */
  readonly sealed: string;
  /** When a replaced secret signs no more; null for the present one. */
  readonly expiresAt: string | null;
}

export const webhooks = pgTable('webhooks', {
  id: uuid().primaryKey(),
  key: text().notNull().unique(),
  name: text().notNull(),
  url: text().notNull(),
  /** Null for all. */
  kinds: text().array().$type<ChangeKind[]>(),
  /** Only what happens to its members, or null. */
  segmentId: uuid('segment_id'),
  includesContacts: boolean('includes_contacts').notNull(),
  /** The present one first. */
  secrets: jsonb().$type<readonly StoredSecret[]>().notNull(),
  pausedAt: instant('paused_at'),
  /** When the receiver said that it is gone. */
  disabledAt: instant('disabled_at'),
  /** Up to which entry of the change log deliveries are made. */
  cursorTransaction: xid8('cursor_transaction').notNull(),
  cursorId: bigint('cursor_id', { mode: 'number' }).notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  archivedAt: instant('archived_at'),
});

export type DeliveryStatus = 'waiting' | 'delivered' | 'dead';

/** One entry of the change log for one webhook. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** Also the `webhook-id` of every attempt. */
    id: uuid().primaryKey(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id),
    transactionId: xid8('transaction_id').notNull(),
    changeId: bigint('change_id', { mode: 'number' }).notNull(),
    customerId: uuid('customer_id'),
    kind: text().notNull(),
    /** Without contact data, which is added when it is sent. */
    payload: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
    status: text().$type<DeliveryStatus>().notNull(),
    attemptCount: integer('attempt_count').notNull(),
    nextAttemptAt: instant('next_attempt_at').notNull(),
    lastAttemptAt: instant('last_attempt_at'),
    /** Of HTTP; null where there was no answer. */
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('webhook_deliveries_once').on(table.webhookId, table.transactionId, table.changeId),
    index('webhook_deliveries_created').on(table.webhookId, table.createdAt, table.id),
    index('webhook_deliveries_waiting')
      .on(table.webhookId, table.customerId, table.transactionId, table.changeId)
      .where(sql`status = 'waiting'`),
  ],
);
