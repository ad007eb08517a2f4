/** Reads of cluster sets, clusters and who is in them. Writes nothing. */
import type { CustomerRow } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';

import { wholeCustomer } from '../queries.ts';
import type { ClusteringReport } from './clustering.ts';
import type { ClusterTrait } from './describe-cluster.ts';
import type { ClusterSettings } from './settings.ts';

export interface ClusterSetRow {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly settings: ClusterSettings;
  readonly version: number;
  readonly status: 'waiting' | 'ready' | 'failed';
  readonly failure: string | null;
  /** Points carry the number of their cluster, 0 for none. */
  readonly report: ClusteringReport | null;
  readonly computedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
}

export const clusterSetColumns = `cluster_sets.id, cluster_sets.key, cluster_sets.name, cluster_sets.description,
    cluster_sets.settings, cluster_sets.version, cluster_sets.status, cluster_sets.failure, cluster_sets.report,
    cluster_sets.computed_at as "computedAt", cluster_sets.created_at as "createdAt",
    cluster_sets.updated_at as "updatedAt", cluster_sets.archived_at as "archivedAt"`;

export function readClusterSets(db: Database, ids: readonly string[]): Promise<ClusterSetRow[]> {
  return db.lookUp(
    `/* clusters.setsById */ select ${clusterSetColumns} from cluster_sets where id = any($1::uuid[])`,
    [ids],
  );
}

export async function findClusterSetByKey(db: Database, key: string): Promise<ClusterSetRow | null> {
  const [row] = await db.query<ClusterSetRow>(
    `/* clusters.setByKey */ select ${clusterSetColumns} from cluster_sets where key = $1`,
    [key],
  );
  return row ?? null;
}

export const clusterSetsByKey = keyset<ClusterSetRow>(
  'clusterSets.key',
  [['key', 'text', ({ key }) => key]],
  {
    firstParameter: 1,
  },
);

const setPage = clusterSetsByKey.texts(
  ({ where, orderBy, limit }) => `/* clusters.sets */
  select ${clusterSetColumns} from cluster_sets
  where archived_at is null and ${where} order by ${orderBy} limit ${limit}`,
);

/** Active sets by key. */
export function readClusterSetPage(db: Database, page: Page): Promise<ClusterSetRow[]> {
  return db.query(setPage(page), clusterSetsByKey.bind(page));
}

/** Every live set by key: few, since each is computed over all people. */
export function readAllClusterSets(db: Database): Promise<ClusterSetRow[]> {
  return db.query(
    `/* clusters.allSets */
    select ${clusterSetColumns} from cluster_sets where archived_at is null order by key`,
  );
}

export async function countClusterSets(db: Database): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    '/* clusters.countSets */ select count(*) as count from cluster_sets where archived_at is null',
  );
  return row!.count;
}

export interface ClusterRow {
  readonly id: string;
  readonly clusterSetId: string;
  readonly number: number;
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly size: number;
  readonly share: number;
  readonly rule: string | null;
  readonly rulePrecision: number | null;
  readonly ruleRecall: number | null;
  readonly traits: readonly ClusterTrait[];
}

const clusterColumns = `clusters.id, clusters.cluster_set_id as "clusterSetId", clusters.number, clusters.key,
    clusters.name, clusters.description, clusters.size, clusters.share, clusters.rule,
    clusters.rule_precision as "rulePrecision", clusters.rule_recall as "ruleRecall", clusters.traits`;

export function readClusters(db: Database, ids: readonly string[]): Promise<ClusterRow[]> {
  return db.lookUp(`/* clusters.byId */ select ${clusterColumns} from clusters where id = any($1::uuid[])`, [
    ids,
  ]);
}

/** Largest first. */
export function readClustersOfSets(db: Database, clusterSetIds: readonly string[]): Promise<ClusterRow[]> {
  return db.query(
    `/* clusters.ofSets */
    select ${clusterColumns} from clusters where cluster_set_id = any($1::uuid[]) order by size desc, number`,
    [clusterSetIds],
  );
}

/** A cluster that a person is in. */
export interface CustomerClusterRow extends ClusterRow {
  readonly customerId: string;
  readonly distance: number;
  readonly enteredAt: Date;
}

/** At most one per live set. */
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

/** A person in a cluster. */
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

/** How many people are in each of these clusters now; empty ones are left out. */
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
