/** Table of fitted models of purchases and spend. */
import { doublePrecision, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';

import { instant } from '#platform/database/columns.ts';

export const predictionModels = pgTable(
  'prediction_models',
  {
    id: uuid().primaryKey(),
    kind: text().$type<'purchases' | 'spend'>().notNull(),
    /** Both kinds of one training have the same version; the highest is used. */
    version: integer().notNull(),
    /** Of `purchases` r, alpha (days), a, b; of `spend` p, q, v (units of the currency). */
    parameters: jsonb().$type<Readonly<Record<string, number>>>().notNull(),
    /** Number of customers in the fit. */
    customerCount: integer('customer_count').notNull(),
    logLikelihood: doublePrecision('log_likelihood').notNull(),
    trainedAt: instant('trained_at').notNull(),
  },
  (table) => [uniqueIndex('prediction_models_version').on(table.kind, table.version)],
);
