/** Keyed, batched reads of cluster sets and clusters. */
import DataLoader from 'dataloader';

import type { Page } from '#graphql/connections.ts';
import { perRequest, perRequestWith } from '#platform/request.ts';

import {
  type ClusterMemberRow,
  type ClusterRow,
  countClusterMembers,
  type CustomerClusterRow,
  readClusterMembers,
  readClusters,
  readClusterSets,
  readClustersOfCustomers,
  readClustersOfSets,
} from './queries.ts';

export const clusterSetById = perRequest(
  ({ db }) =>
    new DataLoader(async (ids: readonly string[]) => {
      const byId = new Map((await readClusterSets(db, ids)).map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
);

export const clusterById = perRequest(
  ({ db }) =>
    new DataLoader(async (ids: readonly string[]) => {
      const byId = new Map((await readClusters(db, ids)).map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
);

export const clustersBySet = perRequest(
  ({ db }) =>
    new DataLoader<string, readonly ClusterRow[]>(async (setIds) => {
      const bySet = Map.groupBy(await readClustersOfSets(db, setIds), ({ clusterSetId }) => clusterSetId);
      return setIds.map((id) => bySet.get(id) ?? []);
    }),
);

export const clustersByCustomer = perRequest(
  ({ db }) =>
    new DataLoader<string, readonly CustomerClusterRow[]>(async (customerIds) => {
      const rows = await readClustersOfCustomers(db, customerIds);
      const byCustomer = Map.groupBy(rows, ({ customerId }) => customerId);
      return customerIds.map((id) => byCustomer.get(id) ?? []);
    }),
);

export const membersByCluster = perRequestWith<Page, DataLoader<string, readonly ClusterMemberRow[]>>(
  ({ db }, page) =>
    new DataLoader(async (clusterIds) => {
      const rows = await readClusterMembers(db, clusterIds, page);
      const byCluster = Map.groupBy(rows, ({ clusterId }) => clusterId);
      return clusterIds.map((id) => byCluster.get(id) ?? []);
    }),
);

export const memberCountByCluster = perRequest(
  ({ db }) =>
    new DataLoader(async (clusterIds: readonly string[]) => {
      const rows = await countClusterMembers(db, clusterIds);
      const byCluster = new Map(rows.map(({ clusterId, count }) => [clusterId, count]));
      return clusterIds.map((id) => byCluster.get(id) ?? 0);
    }),
);
