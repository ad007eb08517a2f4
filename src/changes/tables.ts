/** The table of the change log. */
import { sql } from 'drizzle-orm';
import { bigint, boolean, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { instant, xid8 } from '#platform/database/columns.ts';

/** Kind of an entry; see `ChangeKind` in the schema. */
export type ChangeKind =
  | 'customer_created'
  | 'customer_changed'
  | 'customer_merged'
  | 'customer_split'
  | 'customer_erased'
  | 'consent_recorded'
  | 'order_placed'
  | 'order_returned'
  | 'order_adjusted'
  | 'order_changed'
  | 'order_cancelled'
  | 'segment_entered'
  | 'segment_left'
  | 'list_joined'
  | 'list_left'
  | 'product_created'
  | 'product_price_changed'
  | 'product_stock_changed';

/**
 * Changes of customers and products, in a final order: by transaction, then by entry. Only entries of transactions
 * below the oldest running one are read, see queries.ts.
 */
export const changeLog = pgTable(
  'change_log',
  {
    transactionId: xid8('transaction_id')
      .notNull()
      .default(sql`pg_current_xact_id()`),
    id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity(),
    kind: text().$type<ChangeKind>().notNull(),
    /** Null for products, and where the entry is blanked. */
    customerId: uuid('customer_id'),
    /** The order, segment, list or product; of a merge the absorbed customer. */
    subjectId: uuid('subject_id'),
    /** Never contact data. */
    details: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
    recordedAt: instant('recorded_at').notNull(),
    /** Whether an erasure removed the data of the entry. */
    isBlanked: boolean('is_blanked').notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.transactionId, table.id] }),
    index('change_log_customer').on(table.customerId, table.transactionId, table.id),
  ],
);
