/** Tables about the attributes that customers carry themselves: what is declared of them, and what was seen. */
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
  /** The only texts that a value, or an element of a list, may be; null admits any. */
  allowedValues: text('allowed_values').array(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  archivedAt: instant('archived_at'),
});

/** Types of values that were written under a key; written down in the transaction that first writes one. */
export const attributeTypes = pgTable(
  'attribute_types',
  {
    key: text().notNull(),
    type: text().$type<SeenType>().notNull(),
    firstSeenAt: instant('first_seen_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.type] })],
);
