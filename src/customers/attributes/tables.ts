/** Tables of custom attributes: declarations and observed types. */
import { pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { instant } from '#platform/database/columns.ts';

import type { AttributeType, SeenType } from './types.ts';

export const attributeDefinitions = pgTable('attribute_definitions', {
  id: uuid().primaryKey(),
  /** Key in `customers.attributes`. */
  key: text().notNull().unique(),
  type: text().$type<AttributeType>().notNull(),
  label: text(),
  description: text(),
  /** The allowed texts of a value, or of an element of a list; null allows any. */
  allowedValues: text('allowed_values').array(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  archivedAt: instant('archived_at'),
});

/** Types of values by key; recorded in the transaction that first writes one. */
export const attributeTypes = pgTable(
  'attribute_types',
  {
    key: text().notNull(),
    type: text().$type<SeenType>().notNull(),
    firstSeenAt: instant('first_seen_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.type] })],
);
