/** The table of the change log. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';

import { instant } from '#platform/database/columns.ts';

/** Number of a transaction that is never used again; as decimal text. */
const xid8 = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' });

/** What an entry tells; see `ChangeKind` in the schema. */
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
 * What happened to customers and products, in an order that is final: by transaction, then by entry. Only entries of
 * transactions below the oldest one that runs are read, see queries.ts.
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
    /** The order, segment, list or product; of a merge the customer who was taken in. */
    subjectId: uuid('subject_id'),
    /** Never contact data. */
    details: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
    recordedAt: instant('recorded_at').notNull(),
    /** Whether an erasure took out what the entry told. */
    isBlanked: boolean('is_blanked').notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.transactionId, table.id] }),
    index('change_log_customer').on(table.customerId, table.transactionId, table.id),
  ],
);
