/** Tables of orders with their lines, and of the timeline. */
import { sql } from 'drizzle-orm';
import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

import { customerId, instant, money } from '#platform/database/columns.ts';

/** `guestCustomerId` for a sale without a customer: it counts for products and revenue, not for a customer. */
export const orders = pgTable(
  'orders',
  {
    customerId: customerId(),
    id: uuid().notNull(),
    source: text().notNull(),
    number: text().notNull(),
    /** A return covers cancellations and refunds; an adjustment is book-keeping, such as bad debt. */
    kind: text().$type<'sale' | 'return' | 'adjustment'>().notNull(),
    /** The sale of a return, where it can be identified. */
    originalOrderId: uuid('original_order_id'),
    placedAt: instant('placed_at').notNull(),
    currency: text().notNull(),
    /** Sum of the lines; negative for returns. */
    total: money().notNull(),
    /** Units over all lines; negative for returns. */
    itemCount: integer('item_count').notNull(),
    lineCount: integer('line_count').notNull(),
    country: text(),
    channel: text(),
    /** Null unless it was cancelled: it is then not counted. */
    cancelledAt: instant('cancelled_at'),
    updatedAt: instant('updated_at')
      .notNull()
      .default(sql`date_trunc('milliseconds', now())`),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.id] }),
    uniqueIndex('orders_number').on(table.customerId, table.source, table.number),
    index('orders_placed_at').on(table.customerId, table.placedAt, table.id),
    index('orders_updated_at').on(table.updatedAt, table.id, table.customerId),
  ],
);

export const orderLines = pgTable(
  'order_lines',
  {
    customerId: customerId(),
    orderId: uuid('order_id').notNull(),
    lineNumber: integer('line_number').notNull(),
    productId: uuid('product_id').notNull(),
    /** Negative for returned units. */
    quantity: integer().notNull(),
    unitPrice: money('unit_price').notNull(),
    amount: money().notNull(),
    placedAt: instant('placed_at').notNull(),
    /** Number of times that the source repeated this exact line. The line counts once: sums exclude its repeats. */
    repeatCount: integer('repeat_count').notNull().default(0),
    /** False for adjustments and cancelled orders; see purchases.ts. */
    isCounted: boolean('is_counted').notNull().default(true),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.orderId, table.lineNumber] })],
);

/** The timeline. Partitioned by year of `occurred_at`; the id is derived from that of the source. */
export const events = pgTable(
  'events',
  {
    customerId: customerId(),
    occurredAt: instant('occurred_at').notNull(),
    id: uuid().notNull(),
    kind: text().notNull(),
    source: text().notNull(),
    sessionId: text('session_id'),
    productId: uuid('product_id'),
    orderId: uuid('order_id'),
    /** Never contact data. */
    properties: jsonb().$type<Record<string, unknown>>().notNull(),
    recordedAt: instant('recorded_at').notNull(),
    /** When it was recorded, or moved to another customer by a merge. */
    updatedAt: instant('updated_at')
      .notNull()
      .default(sql`date_trunc('milliseconds', now())`),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.occurredAt, table.id] }),
    index('events_kind').on(table.customerId, table.kind, table.occurredAt),
    index('events_updated_at').on(table.updatedAt, table.id, table.customerId),
  ],
);

/** Runs of an import: progress and results, so that a killed one can be resumed. */
export const imports = pgTable('imports', {
  id: uuid().primaryKey(),
  format: text().notNull(),
  fileName: text('file_name').notNull(),
  /** SHA-256 of the file, the format and the column mapping: the same values resume a run. */
  fileHash: text('file_hash').notNull(),
  status: text().$type<'running' | 'done' | 'failed'>().notNull(),
  /** Number of committed rows of the file. */
  rowsDone: integer('rows_done').notNull(),
  counts: jsonb().$type<Record<string, number>>().notNull(),
  startedAt: instant('started_at').notNull(),
  finishedAt: instant('finished_at'),
});
