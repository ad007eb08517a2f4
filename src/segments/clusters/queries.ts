/** Reads of cluster sets, clusters and their members. Writes nothing. */
import type { CustomerRow } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import { namedResource } from '#named-resources/named-resource.ts';
import type { Database } from '#platform/database/database.ts';
import { type RowOf, selectList } from '#platform/database/rows.ts';

import { wholeCustomer } from '../queries.ts';
import { ClusterSetKeyTakenError } from './errors.ts';
import { clusters, clusterSets } from './tables.ts';

export type ClusterSetRow = RowOf<typeof clusterSets>;

export const clusterSetResource = namedResource(clusterSets, {
  noun: 'cluster set',
  name: 'clusterSets',
  keyTaken: (key) => new ClusterSetKeyTakenError(key),
});

/** Every active set by key: few, since each is computed over all customers. */
export function readAllClusterSets(db: Database): Promise<ClusterSetRow[]> {
  return db.query(
    `/* clusters.allSets */
    select ${clusterSetResource.columns} from cluster_sets where archived_at is null order by key`,
  );
}

export type ClusterRow = RowOf<typeof clusters>;

const clusterColumns = selectList(clusters, 'clusters');

export function readClusters(db: Database, ids: readonly string[]): Promise<ClusterRow[]> {
  return db.queryBatched(
    `/* clusters.byId */ select ${clusterColumns} from clusters where id = any($1::uuid[])`,
    [ids],
  );
}

/** Largest first. */
export function readClustersOfSets(db: Database, clusterSetIds: readonly string[]): Promise<ClusterRow[]> {
  return db.query(
    `/* clusters.ofSets */
    select ${clusterColumns} from clusters where cluster_set_id = any($1::uuid[]) order by size desc, number`,
    [clusterSetIds],
  );
}

/** A cluster of a customer. */
export interface CustomerClusterRow extends ClusterRow {
  readonly customerId: string;
  readonly distance: number;
  readonly enteredAt: Date;
}

/** At most one per active set. */
export function readClustersOfCustomers(
  db: Database,
  customerIds: readonly string[],
): Promise<CustomerClusterRow[]> {
  return db.query(
    `/* clusters.ofCustomers */
    select placement.customer_id as "customerId", placement.distance, placement.entered_at as "enteredAt", ${clusterColumns}
    from cluster_members placement
    join clusters on clusters.id = placement.cluster_id
    where placement.customer_id = any($1::uuid[])
    order by placement.customer_id, clusters.key`,
    [customerIds],
  );
}

/** A member of a cluster. */
export interface ClusterMemberRow extends CustomerRow {
  readonly clusterId: string;
  readonly distance: number;
  readonly enteredAt: Date;
}

export const clusterMembersByDistance = keyset<ClusterMemberRow>('cluster.distance', [
  ['placement.distance', 'number', ({ distance }) => distance],
  ['placement.customer_id', 'id', ({ id }) => id],
]);

const memberPage = clusterMembersByDistance.texts(
  ({ where, orderBy, direction, limit }) => `/* clusters.members */
  select clusters.id as "clusterId", found.*
  from clusters
  cross join lateral (
    select placement.distance, placement.entered_at as "enteredAt", ${wholeCustomer}
    from cluster_members placement
    join customers c on c.id = placement.customer_id and c.merged_into_id is null and c.erased_at is null
    where placement.cluster_id = clusters.id and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where clusters.id = any($1::uuid[])
  order by clusters.id, found.distance ${direction}, found.id ${direction}`,
);

/** Nearest to the centre first, one page for each cluster. */
export function readClusterMembers(
  db: Database,
  clusterIds: readonly string[],
  page: Page,
): Promise<ClusterMemberRow[]> {
  return db.query(memberPage(page), [clusterIds, ...clusterMembersByDistance.bind(page)]);
}

/** Number of members of each of these clusters; empty ones are missing. */
export function countClusterMembers(
  db: Database,
  clusterIds: readonly string[],
): Promise<{ clusterId: string; count: number }[]> {
  return db.query(
    `/* clusters.countMembers */
    select placement.cluster_id as "clusterId", count(*) as count
    from cluster_members placement
    join customers c on c.id = placement.customer_id and c.merged_into_id is null and c.erased_at is null
    where placement.cluster_id = any($1::uuid[])
    group by placement.cluster_id`,
    [clusterIds],
  );
}
