/** Cluster sets in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { instants } from '#graphql/instants.ts';
import { defineNamedNode, descriptionField } from '#named-resources/graphql.ts';
import { namedQueries } from '#named-resources/queries.ts';

import { TraitPreparationType } from './graphql-traits.ts';
import type { CountScore, Stability } from './find-clusters.ts';
import { clusterSetById } from './loaders.ts';
import { type ClusterSetRow, clusterSetResource } from './queries.ts';

export const ClusterAlgorithmEnum = builder.enumType('ClusterAlgorithm', {
  description: 'Algorithm that assigns customers to clusters.',
  values: {
    K_MEANS: {
      value: 'k-means',
      description:
        'k-means with k-means++ seeds, the best of 10 starts; k-medians with Manhattan, spherical k-means with the cosine.',
    },
    MINI_BATCH_K_MEANS: {
      value: 'mini-batch-k-means',
      description: 'k-means over small random samples: for hundreds of thousands of customers.',
    },
    HIERARCHICAL: {
      value: 'hierarchical',
      description:
        'Merges the two nearest clusters repeatedly. Above 5,000 customers it merges 1,000 small k-means clusters instead of single customers; see `microClusterCount`.',
    },
    HDBSCAN: {
      value: 'hdbscan',
      description:
        'Dense groups of any shape; customers between them are in no cluster. At most 60,000 customers, in tens of seconds.',
    },
  } as const,
});

export const ClusterLinkageEnum = builder.enumType('ClusterLinkage', {
  description: 'Distance between two clusters, for HIERARCHICAL.',
  values: {
    WARD: {
      value: 'ward',
      description: 'Increase of the variance by the merge; Euclidean only.',
    },
    AVERAGE: { value: 'average', description: 'Mean distance between their customers.' },
    COMPLETE: { value: 'complete', description: 'Largest distance between their customers.' },
  } as const,
});

export const DistanceMetricEnum = builder.enumType('DistanceMetric', {
  description: 'Distance between two customers over their standardised traits.',
  values: {
    EUCLIDEAN: { value: 'euclidean', description: 'The straight-line distance.' },
    MANHATTAN: {
      value: 'manhattan',
      description: 'The sum of the absolute differences, less sensitive to one large difference.',
    },
    COSINE: {
      value: 'cosine',
      description: '1 minus the cosine of the angle: compares proportions of traits, not their size.',
    },
  } as const,
});

export const ComputationStatus = builder.enumType('ComputationStatus', {
  description: 'State of a computation in the background.',
  values: {
    WAITING: { value: 'waiting', description: 'Will be computed; the previous result stays available.' },
    READY: { value: 'ready', description: 'Computed.' },
    FAILED: { value: 'failed', description: 'Could not be computed: see `failure`.' },
  } as const,
});

const StabilityType = builder.objectRef<Stability>('ClusterStability').implement({
  description: 'Whether other samples of customers and other seeds give the same clusters.',
  fields: (t) => ({
    index: t.exposeFloat('index', {
      description:
        'Mean adjusted Rand index of the runs against the clusters: 1 for equal ones, about 0 by chance. Below 0.6 choose other traits.',
    }),
    runs: t.exposeInt('runs', { description: 'Number of runs.' }),
    rowsPerRun: t.exposeInt('rowsPerRun', { description: 'Customers drawn for each run.' }),
  }),
});

const CountScoreType = builder.objectRef<CountScore>('ClusterCountScore').implement({
  description: 'A number of clusters that was tried.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'Number of clusters.' }),
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
      description: 'Attributes of the rule language that are compared.',
      resolve: ({ settings }) => [...settings.traits],
    }),
    filter: t.string({
      description: 'Rule that selects the customers to cluster.',
      resolve: ({ settings }) => settings.filter,
    }),
    algorithm: t.field({
      type: ClusterAlgorithmEnum,
      description: 'Clustering algorithm.',
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
      description: 'Metric of distances.',
      resolve: ({ settings }) => settings.metric,
    }),
    count: t.int({
      nullable: true,
      description: 'Requested number of clusters; null where the best silhouette or HDBSCAN decides.',
      resolve: ({ settings }) => settings.count,
    }),
    seed: t.int({
      description: 'Seed of the random numbers: equal customers and settings give equal clusters.',
      resolve: ({ settings }) => settings.seed,
    }),
    asOfOn: t.field({
      type: 'Date',
      nullable: true,
      description:
        'Day (UTC) to whose start ages such as recency are counted; null for the time of computation.',
      resolve: ({ settings }) => settings.asOfOn,
    }),
    status: t.expose('status', { type: ComputationStatus, description: 'State of the computation.' }),
    failure: t.exposeString('failure', {
      nullable: true,
      description: 'Why the last computation failed; null where it did not.',
    }),
    peopleCount: t.int({
      nullable: true,
      description:
        'Number of customers in the computation; null before the first one, like all fields below.',
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
        'How well customers fit into their clusters, -1 to 1, over at most 2,000 customers; null also for a single cluster.',
      resolve: ({ report }) => report?.silhouette ?? null,
    }),
    stability: t.field({
      type: StabilityType,
      nullable: true,
      description: 'Stability of the clusters.',
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
      description: 'Preparation of each trait before distances were computed.',
      resolve: ({ report }) => [...(report?.preparations ?? [])],
    }),
    ...instants(t, {}, { computedAt: 'Time of the computation.' }),
  }),
);

namedQueries(namedClusterSet, 'clusterSets', { resource: clusterSetResource, byId: clusterSetById });
