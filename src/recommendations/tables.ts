/** Tables of trained models, and of shown recommendations. */
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
    /** Decisions about it with reasons, in sentences. */
    notes: text()
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** Lists with this method as the default. */
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

/** The parts of a model: typed arrays in chunks of at most 1 MiB. */
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

/** A sample of the lists that customers were shown: one row per product. */
export const recommendationImpressions = pgTable(
  'recommendation_impressions',
  {
    customerId: customerId(),
    /** One per shown list. */
    listId: uuid('list_id').notNull(),
    /** Rank in the list, from 1. */
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
