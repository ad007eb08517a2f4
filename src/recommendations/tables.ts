/** Tables of trained models, and of what was recommended to whom. */
import { sql } from 'drizzle-orm';
import {
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

import { bytea, customerId, instant } from '#platform/database/columns.ts';

import type { AlgorithmName } from './recommenders/recommender.ts';

export const models = pgTable(
  'models',
  {
    id: uuid().primaryKey(),
    algorithm: text().$type<AlgorithmName>().notNull(),
    version: integer().notNull(),
    status: text().$type<'training' | 'published' | 'retired' | 'rejected' | 'failed'>().notNull(),
    seed: integer().notNull(),
    hyperparameters: jsonb().$type<Record<string, unknown>>().notNull(),
    metrics: jsonb().$type<Record<string, number>>().notNull(),
    /** What was decided about it and why, in sentences. */
    notes: text()
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** Lists that take this method unless a caller asks for another. */
    defaultFor: text('default_for')
      .array()
      .$type<('rebuy' | 'discover')[]>()
      .notNull()
      .default(sql`'{}'`),
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

/** Lists that customers were shown, a sample of them: one row per product. */
export const recommendationImpressions = pgTable(
  'recommendation_impressions',
  {
    customerId: customerId(),
    /** One per list shown. */
    listId: uuid('list_id').notNull(),
    /** Place in the list, from 1. */
    rank: smallint().notNull(),
    productId: uuid('product_id').notNull(),
    list: text().$type<'rebuy' | 'discover'>().notNull(),
    algorithm: text().notNull(),
    modelVersion: integer('model_version').notNull(),
    shownAt: instant('shown_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.listId, table.rank] }),
    index('recommendation_impressions_shown_at').on(table.shownAt),
  ],
);
