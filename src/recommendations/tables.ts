/** Tables of trained models. */
import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';

import { bytea, instant } from '#platform/database/columns.ts';

export const models = pgTable(
  'models',
  {
    id: uuid().primaryKey(),
    algorithm: text().notNull(),
    version: integer().notNull(),
    status: text().$type<'training' | 'published' | 'retired' | 'rejected' | 'failed'>().notNull(),
    seed: integer().notNull(),
    hyperparameters: jsonb().$type<Record<string, unknown>>().notNull(),
    metrics: jsonb().$type<Record<string, number>>().notNull(),
    dataFrom: instant('data_from'),
    dataTo: instant('data_to'),
    customerCount: integer('customer_count').notNull(),
    productCount: integer('product_count').notNull(),
    interactionCount: integer('interaction_count').notNull(),
    startedAt: instant('started_at').notNull(),
    trainedAt: instant('trained_at'),
    publishedAt: instant('published_at'),
    retiredAt: instant('retired_at'),
  },
  (table) => [
    uniqueIndex('models_version').on(table.algorithm, table.version),
    index('models_status').on(table.algorithm, table.status),
  ],
);

/** The numbers of a model: typed arrays in pieces of at most 8 MiB. */
export const modelArtifacts = pgTable(
  'model_artifacts',
  {
    modelId: uuid('model_id')
      .notNull()
      .references(() => models.id),
    part: text().notNull(),
    piece: integer().notNull(),
    bytes: bytea().notNull(),
  },
  (table) => [primaryKey({ columns: [table.modelId, table.part, table.piece] })],
);
