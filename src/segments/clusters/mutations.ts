/** Changes of cluster sets in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { changeFields, defineInUseError, namedFields } from '#named-resources/graphql.ts';
import { namedMutations } from '#named-resources/mutations.ts';
import type { App } from '#platform/app.ts';

import { SegmentRuleError } from '../errors.ts';
import { ClusterSetInUseError, ClusterSetKeyTakenError } from './errors.ts';
import { ClusterAlgorithmEnum, ClusterLinkageEnum, DistanceMetricEnum, namedClusterSet } from './graphql.ts';
import { requestClusters } from './compute.ts';
import type { ClusterSetRow } from './queries.ts';
import { archiveClusterSet, createClusterSet, duplicateClusterSet, updateClusterSet } from './service.ts';
import { clusterDefaults, MAX_CLUSTERS, MAX_TRAITS } from './settings.ts';

defineInUseError(ClusterSetInUseError, 'Rules of segments name clusters of this set.');

const mutations = namedMutations(namedClusterSet, ClusterSetKeyTakenError);

const CreateClusterSetInput = builder.inputType('CreateClusterSetInput', {
  description: 'A new cluster set.',
  fields: (t) => ({
    ...namedFields(t),
    traits: t.stringList({
      required: true,
      description: `1 to ${MAX_TRAITS} attributes of the rule language that are numbers or money, such as \`recency_days\`.`,
    }),
    filter: t.string({
      description: `Rule that selects the customers to cluster; \`${clusterDefaults.filter}\` unless given.`,
    }),
    algorithm: t.field({ type: ClusterAlgorithmEnum, description: 'K_MEANS by default.' }),
    linkage: t.field({ type: ClusterLinkageEnum, description: 'For HIERARCHICAL; WARD by default.' }),
    metric: t.field({ type: DistanceMetricEnum, description: 'EUCLIDEAN by default.' }),
    count: t.int({
      description: `Number of clusters, 2 to ${MAX_CLUSTERS}; the best silhouette by default.`,
    }),
    maxCount: t.int({
      description: `Most clusters to try where \`count\` is not given, 2 to ${MAX_CLUSTERS}; ${clusterDefaults.maxCount} by default.`,
    }),
    minClusterShare: t.float({
      description: `For HDBSCAN, the share of customers that makes a cluster, above 0 to 0.5; ${clusterDefaults.minClusterShare} by default.`,
    }),
    seed: t.int({ description: `Seed of the random numbers; ${clusterDefaults.seed} by default.` }),
    asOfOn: t.field({
      type: 'Date',
      description:
        'Reference day of ages such as recency: the start of this day (UTC). For data sets that end in the past.',
    }),
  }),
});

mutations.create({
  description: 'Saves a cluster set and enqueues its computation in the background; see `status`.',
  done: 'A cluster set was saved, and waits for its computation.',
  errors: [SegmentRuleError],
  input: CreateClusterSetInput,
  resolve: (input, { app }) => requested(app, createClusterSet(app, input)),
});

const UpdateClusterSetInput = builder.inputType('UpdateClusterSetInput', {
  description: 'Changes of a cluster set. A field left out keeps its value.',
  fields: (t) => ({
    ...changeFields(t, 'ClusterSet'),
    traits: t.stringList({ description: `1 to ${MAX_TRAITS} attributes that are numbers or money.` }),
    filter: t.string({ description: 'Rule that selects the customers to cluster.' }),
    algorithm: t.field({ type: ClusterAlgorithmEnum, description: 'Clustering algorithm.' }),
    linkage: t.field({ type: ClusterLinkageEnum, description: 'For HIERARCHICAL.' }),
    metric: t.field({ type: DistanceMetricEnum, description: 'Metric of distances.' }),
    count: t.int({
      description: `Number of clusters, 2 to ${MAX_CLUSTERS}; null takes the best silhouette.`,
    }),
    maxCount: t.int({ description: `Maximum number of clusters to try, 2 to ${MAX_CLUSTERS}.` }),
    minClusterShare: t.float({ description: 'For HDBSCAN, the share of customers that makes a cluster.' }),
    seed: t.int({ description: 'Seed of the random numbers.' }),
    asOfOn: t.field({
      type: 'Date',
      description: 'Day to whose start ages are counted; null for the present.',
    }),
  }),
});

mutations.update({
  description:
    'Changes an active cluster set and computes it again; with only the id it is recomputed without a change. A cluster that keeps most of its members keeps its number.',
  done: 'A cluster set was changed, and waits for its computation.',
  errors: [SegmentRuleError],
  input: UpdateClusterSetInput,
  resolve: (id, changes, { app }) => requested(app, updateClusterSet(app, id, changes)),
});

mutations.duplicate({
  description:
    'Saves a copy of a cluster set with its settings and description, and enqueues its computation.',
  done: 'A cluster set was copied, and waits for its computation.',
  errors: [SegmentRuleError],
  resolve: (id, copy, { app }) => requested(app, duplicateClusterSet(app, id, copy)),
});

mutations.archive({
  description: 'Archives a cluster set: its clusters are removed, and its key stays taken. Idempotent.',
  done: 'A cluster set was archived.',
  errors: [ClusterSetInUseError],
  resolve: (id, { app }) => archiveClusterSet(app, id),
});

async function requested(app: App, saving: Promise<ClusterSetRow>): Promise<ClusterSetRow> {
  const set = await saving;
  await requestClusters(app);
  return set;
}
