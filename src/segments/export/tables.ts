/** Tables of exports: what was asked for and how far it is, and the text until it is fetched. */
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { bytea, instant } from '#platform/database/columns.ts';

export const customerExports = pgTable(
  'customer_exports',
  {
    id: uuid().primaryKey(),
    /** Id of the caller, who alone may fetch it. */
    caller: text().notNull(),
    format: text().$type<'csv' | 'ndjson'>().notNull(),
    fields: text().array().notNull(),
    /** Rule that customers follow; null for all. */
    rule: text(),
    /** Whether contact data is written in full, as the caller might read it. */
    hasContacts: boolean('has_contacts').notNull(),
    status: text().$type<'waiting' | 'running' | 'done' | 'failed'>().notNull(),
    /** Cursor after the last chunk: a run that was killed resumes there. */
    place: jsonb().$type<readonly (string | null)[]>(),
    chunkCount: integer('chunk_count').notNull(),
    rowCount: integer('row_count').notNull(),
    /** Customers when the export began; null before. */
    totalCount: integer('total_count'),
    failure: text(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    finishedAt: instant('finished_at'),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('customer_exports_expires').on(table.expiresAt)],
);

/** Parts of the text in order, sealed like contact data, which they hold. */
export const customerExportChunks = pgTable(
  'customer_export_chunks',
  {
    exportId: uuid('export_id').notNull(),
    position: integer().notNull(),
    keyId: text('key_id').notNull(),
    sealed: bytea().notNull(),
  },
  (table) => [primaryKey({ columns: [table.exportId, table.position] })],
);
