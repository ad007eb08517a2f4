/** Tables of products. */
import { index, integer, jsonb, pgTable, primaryKey, real, text, uuid } from 'drizzle-orm/pg-core';

import { instant, money } from '#platform/database/columns.ts';

export const products = pgTable(
  'products',
  {
    id: uuid().primaryKey(),
    sku: text().notNull().unique(),
    name: text().notNull(),
    description: text(),
    brand: text(),
    /** Path from the root, parts separated by ` > `. */
    category: text(),
    /** `product` can be recommended; `service` is postage, fees, vouchers, adjustments. */
    kind: text().$type<'product' | 'service'>().notNull(),
    price: money(),
    /** Units on hand; null is not tracked and counts as available. */
    stock: integer(),
    imageUrl: text('image_url'),
    attributes: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    archivedAt: instant('archived_at'),
  },
  (table) => [
    index('products_name').on(table.name, table.id),
    index('products_category').on(table.category, table.id),
    index('products_updated_at').on(table.updatedAt, table.id),
  ],
);

export const productKeywords = pgTable(
  'product_keywords',
  {
    productId: uuid('product_id')
      .notNull()
      .references(() => products.id),
    keyword: text().notNull(),
    /** Share of the product's description, 0 to 1. */
    weight: real().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.productId, table.keyword] }),
    index('product_keywords_keyword').on(table.keyword, table.productId),
  ],
);
