/** Clusters in the rule language: `IN CLUSTER 'rfm/2'`, as data. */
import type { LanguageContribution } from '#rule-language/check/definitions.ts';

export const clusterContribution: LanguageContribution = {
  groups: [
    {
      name: 'cluster',
      description:
        'Customers in a cluster, by its key such as rfm/2, and since when; recomputed with its set.',
      current: {
        from: 'cluster_members placement join clusters cluster on cluster.id = placement.cluster_id',
        customerId: 'placement.customer_id',
        key: 'cluster.key',
        at: 'placement.entered_at',
      },
      keys: 'select key from clusters',
      changesWith: ['cluster.{key}'],
    },
  ],
};
