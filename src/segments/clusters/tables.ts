/** Tables of cluster sets, their clusters, and the members. */
import { doublePrecision, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import { customers } from '#customers/tables.ts';
import { computedColumns, namedColumns } from '#named-resources/columns.ts';
import { customerId, instant } from '#platform/database/columns.ts';

import type { ClusteringReport } from './clustering.ts';
import type { ClusterTrait } from './describe-cluster.ts';
import type { ClusterSettings } from './settings.ts';

export const clusterSets = pgTable('cluster_sets', {
  ...namedColumns(),
  description: text(),
  settings: jsonb().$type<ClusterSettings>().notNull(),
  ...computedColumns(),
  /** Of the last success. Contains no customer ids. */
  report: jsonb().$type<ClusteringReport>(),
});

export const clusters = pgTable(
  'clusters',
  {
    id: uuid().primaryKey(),
    clusterSetId: uuid('cluster_set_id')
      .notNull()
      .references(() => clusterSets.id),
    /** Kept by the new cluster that shares most members with this one. */
    number: integer().notNull(),
    /** Key of the set, `/`, number: the name of the cluster in rules. */
    key: text().notNull().unique(),
    name: text().notNull(),
    description: text().notNull(),
    size: integer().notNull(),
    /** Of the customers of the computation, 0 to 1. */
    share: doublePrecision().notNull(),
    /** An approximation in the rule language; null where no traits separate the cluster. */
    rule: text(),
    rulePrecision: doublePrecision('rule_precision'),
    ruleRecall: doublePrecision('rule_recall'),
    traits: jsonb().$type<readonly ClusterTrait[]>().notNull(),
  },
  (table) => [index('clusters_set').on(table.clusterSetId, table.number)],
);

export const clusterMembers = pgTable(
  'cluster_members',
  {
    customerId: customerId().references(() => customers.id),
    clusterSetId: uuid('cluster_set_id')
      .notNull()
      .references(() => clusterSets.id),
    clusterId: uuid('cluster_id')
      .notNull()
      .references(() => clusters.id),
    /** From the centre, in standard deviations of the prepared traits. */
    distance: doublePrecision().notNull(),
    enteredAt: instant('entered_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.clusterSetId] }),
    index('cluster_members_cluster').on(table.clusterId, table.distance, table.customerId),
  ],
);
