/** Keyed, batched reads of cluster sets and clusters. */
import { loadCount, loadMany, loadOne, loadPage } from '#platform/loaders.ts';

import {
  clusterSetResource,
  countClusterMembers,
  readClusterMembers,
  readClusters,
  readClustersOfCustomers,
  readClustersOfSets,
} from './queries.ts';

export const clusterSetById = loadOne(clusterSetResource.byIds, ({ id }) => id);
export const clusterById = loadOne(readClusters, ({ id }) => id);
export const clustersBySet = loadMany(readClustersOfSets, ({ clusterSetId }) => clusterSetId);
export const clustersByCustomer = loadMany(readClustersOfCustomers, ({ customerId }) => customerId);
export const membersByCluster = loadPage(readClusterMembers, ({ clusterId }) => clusterId);
export const memberCountByCluster = loadCount(countClusterMembers, ({ clusterId }) => clusterId);
