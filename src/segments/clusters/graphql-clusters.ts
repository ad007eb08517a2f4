/** Clusters, their scatter plot and `Customer.clusters` in the schema. No SQL. */
import { requiresColumns } from '#customers/columns.ts';
import { Customer } from '#customers/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { badInput, readPage, toConnection } from '#graphql/connections.ts';
import { instants } from '#graphql/instants.ts';

import { quoteString } from '#rule-language/syntax/print.ts';
import type { ScatterPoint } from './clustering.ts';
import { ClusterSet } from './graphql.ts';
import { ClusterTraitType } from './graphql-traits.ts';
import {
  clusterById,
  clustersByCustomer,
  clusterSetById,
  clustersBySet,
  memberCountByCluster,
  membersByCluster,
} from './loaders.ts';
import {
  type ClusterRow,
  type ClusterSetRow,
  type CustomerClusterRow,
  clusterMembersByDistance,
} from './queries.ts';

const distanceDescription =
  'From the centre, in standard deviations of the prepared traits; 0 is the centre.';
const enteredAtDescription = 'When the customer entered this cluster; kept while they stay.';

const Cluster = builder.objectRef<ClusterRow>('Cluster');

builder.node(Cluster, {
  description: 'Customers who are similar in the traits of a cluster set.',
  id: { resolve: (cluster) => cluster.id, description: 'Global id.' },
  loadMany: (ids, context) => ids.map((id) => clusterById(context).load(id)),
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Key of the set, `/`, number: `rfm/2`.' }),
    number: t.exposeInt('number', {
      description:
        'From 1; the next computation keeps it for the cluster that shares most customers with this one.',
    }),
    name: t.exposeString('name', { description: 'The two traits with the strongest difference.' }),
    description: t.exposeString('description', {
      description: 'Differences from all customers, in words and numbers.',
    }),
    size: t.exposeInt('size', { description: 'Number of customers at the time of computation.' }),
    share: t.exposeFloat('share', { description: 'Of all customers of the computation, 0 to 1.' }),
    traits: t.field({
      type: [ClusterTraitType],
      description: 'Its centre on each trait, strongest difference first.',
      resolve: ({ traits }) => [...traits],
    }),
    membershipRule: t.string({
      description: 'The rule that selects its customers: use it in a segment, an audience or a filter.',
      resolve: ({ key }) => `IN CLUSTER ${quoteString(key)}`,
    }),
    rule: t.exposeString('rule', {
      nullable: true,
      description:
        'An approximation of the cluster in the rule language: a decision tree over its traits, printed as a rule. Null where no traits separate it.',
    }),
    rulePrecision: t.exposeFloat('rulePrecision', {
      nullable: true,
      description:
        'Precision: share of the customers of `rule` who are in the cluster, counted at the computation.',
    }),
    ruleRecall: t.exposeFloat('ruleRecall', {
      nullable: true,
      description: 'Recall: share of the customers of the cluster whom `rule` selects.',
    }),
    set: t.field({
      type: ClusterSet,
      description: 'The set that it belongs to.',
      resolve: async ({ clusterSetId }, _, context) => (await clusterSetById(context).load(clusterSetId))!,
    }),
    members: t.connection(
      {
        type: Customer,
        description: 'Members, nearest to the centre first.',
        resolve: async ({ id }, args, context) => {
          const page = readPage(args, clusterMembersByDistance.order);
          return toConnection(
            page,
            await membersByCluster(context, page).load(id),
            clusterMembersByDistance.cursorOf,
            () => memberCountByCluster(context).load(id),
          );
        },
      },
      { name: 'ClusterMemberConnection', description: 'A page of customers in a cluster.' },
      {
        name: 'ClusterMemberEdge',
        description: 'A customer in a cluster.',
        fields: (t) => ({
          distance: t.float({ description: distanceDescription, resolve: ({ node }) => node.distance }),
          enteredAt: t.field({
            type: 'DateTime',
            description: enteredAtDescription,
            resolve: ({ node }) => node.enteredAt,
          }),
        }),
      },
    ),
  }),
});

const Point = builder.objectRef<ScatterPoint>('ClusterPoint').implement({
  description: 'A customer in the scatter plot, without identification.',
  fields: (t) => ({
    x: t.exposeFloat('x', {
      description: 'Coordinate on the first principal component of the prepared traits.',
    }),
    y: t.exposeFloat('y', { description: 'Coordinate on the second.' }),
    clusterNumber: t.int({
      nullable: true,
      description: 'Number of the cluster; null for none.',
      resolve: ({ cluster }) => (cluster === 0 ? null : cluster),
    }),
  }),
});

interface Axis {
  readonly trait: string;
  readonly x: number;
  readonly y: number;
}

const AxisType = builder.objectRef<Axis>('ClusterAxis').implement({
  description: "The meaning of the plot's axes: the weight of a trait on each, -1 to 1.",
  fields: (t) => ({
    trait: t.exposeString('trait', { description: 'Attribute of the rule language.' }),
    x: t.exposeFloat('x', { description: 'Weight on the first principal component.' }),
    y: t.exposeFloat('y', { description: 'Weight on the second.' }),
  }),
});

const MAX_POINTS = 1_000;

const Scatter = builder.objectRef<NonNullable<ClusterSetRow['report']>>('ClusterScatter').implement({
  description: 'A plot of the customers on the first two principal components.',
  fields: (t) => ({
    explainedVariance: t.floatList({
      description: 'Share of the variance on each component, in sum 1; the plot has the first two.',
      resolve: ({ explained }) => [...explained],
    }),
    axes: t.field({
      type: [AxisType],
      description: 'The meaning of the axes.',
      resolve: ({ axes }) => [...axes],
    }),
    points: t.field({
      type: [Point],
      description: 'A random sample of the customers.',
      args: {
        sample: t.arg.int({
          defaultValue: 500,
          description: `Maximum number of points, 0 to ${MAX_POINTS}.`,
        }),
      },
      resolve: ({ points }, { sample }) => {
        const count = sample ?? 500;
        if (count < 0 || count > MAX_POINTS)
          throw badInput(`\`sample\` must be between 0 and ${MAX_POINTS}, got ${count}.`);
        return points.slice(0, count);
      },
    }),
  }),
});

builder.objectFields(ClusterSet, (t) => ({
  clusters: t.field({
    type: [Cluster],
    description:
      'The clusters, largest first; at most 20, of HDBSCAN at most 50. Empty before they are computed.',
    resolve: async ({ id }, _, context) => [...(await clustersBySet(context).load(id))],
  }),
  scatter: t.field({
    type: Scatter,
    nullable: true,
    description: 'Points for a plot; null before the first computation.',
    resolve: ({ report }) => report,
  }),
}));

const CustomerCluster = builder.objectRef<CustomerClusterRow>('CustomerCluster').implement({
  description: 'A cluster that a customer is in.',
  fields: (t) => ({
    cluster: t.field({ type: Cluster, description: 'The cluster.', resolve: (row) => row }),
    distance: t.exposeFloat('distance', { description: distanceDescription }),
    ...instants(t, { enteredAt: enteredAtDescription }),
  }),
});

builder.objectField(Customer, 'clusters', (t) =>
  t.field({
    type: [CustomerCluster],
    description: 'Clusters that this customer is in, by key: at most one of each active cluster set.',
    extensions: requiresColumns(),
    resolve: async ({ id }, _, context) => [...(await clustersByCustomer(context).load(id))],
  }),
);
