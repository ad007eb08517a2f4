/** Keyed, batched reads of cluster sets and clusters. */
import { loadCount, loadMany, loadOne, loadPage } from '#platform/loaders.ts';

import {
  countClusterMembers,
  readClusterMembers,
  readClusters,
  readClusterSets,
  readClustersOfCustomers,
  readClustersOfSets,
} from './queries.ts';

export const clusterSetById = loadOne(readClusterSets, ({ id }) => id);
export const clusterById = loadOne(readClusters, ({ id }) => id);
export const clustersBySet = loadMany(readClustersOfSets, ({ clusterSetId }) => clusterSetId);
export const clustersByCustomer = loadMany(readClustersOfCustomers, ({ customerId }) => customerId);
export const membersByCluster = loadPage(readClusterMembers, ({ clusterId }) => clusterId);
export const memberCountByCluster = loadCount(countClusterMembers, ({ clusterId }) => clusterId);
