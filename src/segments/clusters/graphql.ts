/** Cluster sets in the schema, to read. No SQL. */
import { builder } from '#graphql/builder.ts';
import { instants } from '#graphql/instants.ts';
import { defineNamedNode, descriptionField } from '#named-resources/graphql.ts';
import { namedQueries } from '#named-resources/queries.ts';

import { TraitPreparationType } from './graphql-traits.ts';
import type { CountScore, Stability } from './find-clusters.ts';
import { clusterSetById } from './loaders.ts';
import { type ClusterSetRow, clusterSetResource } from './queries.ts';

export const ClusterAlgorithmEnum = builder.enumType('ClusterAlgorithm', {
  description: 'How customers are put into clusters.',
  values: {
    K_MEANS: {
      value: 'k-means',
      description:
        'k-means with k-means++ seeds, the best of 10 starts; medians with Manhattan, directions with the cosine.',
    },
    MINI_BATCH_K_MEANS: {
      value: 'mini-batch-k-means',
      description: 'k-means learned from small draws: for hundreds of thousands of customers.',
    },
    HIERARCHICAL: {
      value: 'hierarchical',
      description:
        'Merges the two nearest clusters again and again. Above 5,000 customers it merges 1,000 small k-means clusters instead of single customers; see `microClusterCount`.',
    },
    HDBSCAN: {
      value: 'hdbscan',
      description:
        'Dense groups of any shape; customers in between are in no cluster. At most 60,000 customers, in tens of seconds.',
    },
  } as const,
});

export const ClusterLinkageEnum = builder.enumType('ClusterLinkage', {
  description: 'What the distance of two clusters is, for HIERARCHICAL.',
  values: {
    WARD: {
      value: 'ward',
      description: 'How much more the customers of both spread together; Euclidean only.',
    },
    AVERAGE: { value: 'average', description: 'The mean distance of their customers.' },
    COMPLETE: { value: 'complete', description: 'The largest distance of their customers.' },
  } as const,
});

export const DistanceMetricEnum = builder.enumType('DistanceMetric', {
  description: 'How far two customers are apart over their standardised traits.',
  values: {
    EUCLIDEAN: { value: 'euclidean', description: 'The straight line.' },
    MANHATTAN: {
      value: 'manhattan',
      description: 'The sum of the gaps, which one large gap rules less.',
    },
    COSINE: {
      value: 'cosine',
      description: '1 less the cosine of the angle: what customers are high on, not how much.',
    },
  } as const,
});

export const ComputationStatus = builder.enumType('ComputationStatus', {
  description: 'Where the last change of something that is computed in the background stands.',
  values: {
    WAITING: { value: 'waiting', description: 'Will be computed; what was computed before still answers.' },
    READY: { value: 'ready', description: 'Computed.' },
    FAILED: { value: 'failed', description: 'Could not be computed: `failure` tells why.' },
  } as const,
});

const StabilityType = builder.objectRef<Stability>('ClusterStability').implement({
  description: 'Whether other draws of customers from other seeds give the same clusters.',
  fields: (t) => ({
    index: t.exposeFloat('index', {
      description:
        'Mean adjusted Rand index of the runs against the clusters: 1 the same, about 0 as by chance. Below 0.6 look for other traits.',
    }),
    runs: t.exposeInt('runs', { description: 'Number of runs.' }),
    rowsPerRun: t.exposeInt('rowsPerRun', { description: 'Customers drawn for each run.' }),
  }),
});

const CountScoreType = builder.objectRef<CountScore>('ClusterCountScore').implement({
  description: 'A number of clusters that was tried.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many clusters.' }),
    silhouette: t.exposeFloat('silhouette', {
      description: 'Its silhouette, -1 to 1; the highest was chosen.',
    }),
  }),
});

export const ClusterSet = builder.objectRef<ClusterSetRow>('ClusterSet');
export const namedClusterSet = {
  type: 'ClusterSet',
  noun: 'cluster set',
  field: 'clusterSet',
  ref: ClusterSet,
};

defineNamedNode(
  namedClusterSet,
  clusterSetById,
  'Clusters of customers found by an algorithm in their traits, instead of by a rule. Computed in the background, and again every night.',
  (t) => ({
    description: descriptionField(t),
    traits: t.stringList({
      description: 'Attributes of the rule language that it looks at.',
      resolve: ({ settings }) => [...settings.traits],
    }),
    filter: t.string({
      description: 'Rule that customers must follow to be looked at.',
      resolve: ({ settings }) => settings.filter,
    }),
    algorithm: t.field({
      type: ClusterAlgorithmEnum,
      description: 'How clusters are found.',
      resolve: ({ settings }) => settings.algorithm,
    }),
    linkage: t.field({
      type: ClusterLinkageEnum,
      nullable: true,
      description: 'Of HIERARCHICAL; null for the others.',
      resolve: ({ settings }) => (settings.algorithm === 'hierarchical' ? settings.linkage : null),
    }),
    metric: t.field({
      type: DistanceMetricEnum,
      description: 'How distances are measured.',
      resolve: ({ settings }) => settings.metric,
    }),
    count: t.int({
      nullable: true,
      description: 'Number of clusters asked for; null where the best silhouette or HDBSCAN decides.',
      resolve: ({ settings }) => settings.count,
    }),
    seed: t.int({
      description: 'Seed of everything random: equal customers and settings give equal clusters.',
      resolve: ({ settings }) => settings.seed,
    }),
    asOfOn: t.field({
      type: 'Date',
      nullable: true,
      description:
        'Day up to whose start (UTC) ages such as recency count; null for the time of computation.',
      resolve: ({ settings }) => settings.asOfOn,
    }),
    status: t.expose('status', { type: ComputationStatus, description: 'Whether it is computed.' }),
    failure: t.exposeString('failure', {
      nullable: true,
      description: 'Why the last computation failed; null where it did not.',
    }),
    peopleCount: t.int({
      nullable: true,
      description: 'Customers who were looked at; null before the first computation, like all that follows.',
      resolve: ({ report }) => report?.peopleCount ?? null,
    }),
    noiseCount: t.int({
      nullable: true,
      description: 'Customers in no cluster; only HDBSCAN leaves any.',
      resolve: ({ report }) => report?.noiseCount ?? null,
    }),
    silhouette: t.float({
      nullable: true,
      description:
        'How well customers lie within their clusters, -1 to 1, over at most 2,000 customers; null with one cluster too.',
      resolve: ({ report }) => report?.silhouette ?? null,
    }),
    stability: t.field({
      type: StabilityType,
      nullable: true,
      description: 'Whether the clusters come again.',
      resolve: ({ report }) => report?.stability ?? null,
    }),
    countScores: t.field({
      type: [CountScoreType],
      description: 'Every number of clusters that was tried; empty where it was given or found.',
      resolve: ({ report }) => [...(report?.scores ?? [])],
    }),
    mergeHeights: t.floatList({
      description:
        'Of HIERARCHICAL: distances of the last 30 merges, the last first; a wide gap is a good cut.',
      resolve: ({ report }) => [...(report?.mergeHeights ?? [])],
    }),
    microClusterCount: t.int({
      nullable: true,
      description:
        'Number of small clusters that HIERARCHICAL merged instead of single customers; null where it merged single customers.',
      resolve: ({ report }) => report?.microClusterCount ?? null,
    }),
    preparations: t.field({
      type: [TraitPreparationType],
      description: 'What was done to each trait before distances were taken.',
      resolve: ({ report }) => [...(report?.preparations ?? [])],
    }),
    ...instants(t, {}, { computedAt: 'When the clusters were found.' }),
  }),
);

namedQueries(namedClusterSet, 'clusterSets', { resource: clusterSetResource, byId: clusterSetById });
