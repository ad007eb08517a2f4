/** Changes of cluster sets in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';

import {
  archiveInput,
  changeFields,
  defineInUseError,
  defineKeyTakenError,
  duplicateInput,
  namedFields,
} from '#named-resources/graphql.ts';
import { SegmentRuleError } from '../errors.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import { ClusterSetInUseError, ClusterSetKeyTakenError } from './errors.ts';
import { ClusterAlgorithmEnum, ClusterLinkageEnum, ClusterSet, DistanceMetricEnum } from './graphql.ts';
import { requestClusters } from './jobs.ts';
import { clusterSetById } from './loaders.ts';
import type { ClusterSetRow } from './queries.ts';
import { archiveClusterSet, createClusterSet, duplicateClusterSet, updateClusterSet } from './service.ts';
import { clusterDefaults, MAX_CLUSTERS, MAX_TRAITS } from './settings.ts';

defineKeyTakenError(ClusterSetKeyTakenError, 'ClusterSetKeyTakenError', 'cluster set');

defineInUseError(
  ClusterSetInUseError,
  'ClusterSetInUseError',
  'Rules of segments name clusters of this set.',
);

function payload(name: string, description: string) {
  return builder.objectRef<ClusterSetRow>(name).implement({
    description,
    fields: (t) => ({
      clusterSet: t.field({ type: ClusterSet, description: 'The set as it is now.', resolve: (row) => row }),
    }),
  });
}

const CreateClusterSetInput = builder.inputType('CreateClusterSetInput', {
  description: 'A new cluster set.',
  fields: (t) => ({
    ...namedFields(t),
    traits: t.stringList({
      required: true,
      description: `1 to ${MAX_TRAITS} attributes of the rule language that are numbers or money, such as \`recency_days\`.`,
    }),
    filter: t.string({
      description: `Rule that customers must follow to be looked at; \`${clusterDefaults.filter}\` unless given.`,
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
    seed: t.int({ description: `Seed of everything random; ${clusterDefaults.seed} by default.` }),
    asOfOn: t.field({
      type: 'Date',
      description:
        'End of ages such as recency: the start of this day (UTC). For data sets that end in the past.',
    }),
  }),
});

builder.mutationField('createClusterSet', (t) =>
  t.field({
    type: payload('CreateClusterSetPayload', 'A cluster set was saved, and waits to be computed.'),
    description:
      'Saves a cluster set and has it computed in the background: `status` tells when it is there.',
    errors: { types: [InvalidInputError, SegmentRuleError, ClusterSetKeyTakenError], directResult: true },
    args: { input: t.arg({ type: CreateClusterSetInput, required: true, description: 'The set.' }) },
    resolve: async (_, { input }, { app }) => {
      const set = await createClusterSet(app, input);
      await requestClusters(app);
      return set;
    },
  }),
);

const UpdateClusterSetInput = builder.inputType('UpdateClusterSetInput', {
  description: 'Changes of a cluster set. A field left out keeps its value.',
  fields: (t) => ({
    ...changeFields(t, 'ClusterSet'),
    traits: t.stringList({ description: `1 to ${MAX_TRAITS} attributes that are numbers or money.` }),
    filter: t.string({ description: 'Rule that customers must follow to be looked at.' }),
    algorithm: t.field({ type: ClusterAlgorithmEnum, description: 'How clusters are found.' }),
    linkage: t.field({ type: ClusterLinkageEnum, description: 'For HIERARCHICAL.' }),
    metric: t.field({ type: DistanceMetricEnum, description: 'How distances are measured.' }),
    count: t.int({
      description: `Number of clusters, 2 to ${MAX_CLUSTERS}; null takes the best silhouette.`,
    }),
    maxCount: t.int({ description: `Most clusters to try, 2 to ${MAX_CLUSTERS}.` }),
    minClusterShare: t.float({ description: 'For HDBSCAN, the share of customers that makes a cluster.' }),
    seed: t.int({ description: 'Seed of everything random.' }),
    asOfOn: t.field({ type: 'Date', description: 'Day up to whose start ages count; null for the present.' }),
  }),
});

builder.mutationField('updateClusterSet', (t) =>
  t.field({
    type: payload('UpdateClusterSetPayload', 'A cluster set was changed, and waits for its computation.'),
    description:
      'Changes an active cluster set and computes it again; with the id alone it is computed again without a change. A cluster that keeps most of its members keeps its number.',
    errors: { types: [InvalidInputError, NotFoundError, SegmentRuleError], directResult: true },
    args: { input: t.arg({ type: UpdateClusterSetInput, required: true, description: 'The changes.' }) },
    resolve: async (_, { input: { id, ...changes } }, context) => {
      const set = await updateClusterSet(context.app, readGlobalId('ClusterSet', id), changes);
      await requestClusters(context.app);
      clusterSetById(context).clear(set.id);
      return set;
    },
  }),
);

builder.mutationField('duplicateClusterSet', (t) =>
  t.field({
    type: payload('DuplicateClusterSetPayload', 'A cluster set was copied, and waits to be computed.'),
    description: 'Saves a cluster set with the settings and description of another, and has it computed.',
    errors: {
      types: [InvalidInputError, NotFoundError, SegmentRuleError, ClusterSetKeyTakenError],
      directResult: true,
    },
    args: {
      input: t.arg({
        type: duplicateInput('ClusterSet', 'cluster set'),
        required: true,
        description: 'The set.',
      }),
    },
    resolve: async (_, { input: { id, ...copy } }, { app }) => {
      const set = await duplicateClusterSet(app, readGlobalId('ClusterSet', id), copy);
      await requestClusters(app);
      return set;
    },
  }),
);

builder.mutationField('archiveClusterSet', (t) =>
  t.field({
    type: payload('ArchiveClusterSetPayload', 'A cluster set was archived.'),
    description: 'Archives a cluster set: its clusters are removed, and its key stays taken. Idempotent.',
    errors: { types: [InvalidInputError, NotFoundError, ClusterSetInUseError], directResult: true },
    args: {
      input: t.arg({
        type: archiveInput('ClusterSet', 'cluster set'),
        required: true,
        description: 'The set.',
      }),
    },
    resolve: async (_, { input }, context) => {
      const set = await archiveClusterSet(context.app, readGlobalId('ClusterSet', input.id));
      clusterSetById(context).clear(set.id);
      return set;
    },
  }),
);
