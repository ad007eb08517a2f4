/**
 * Writes the result of a computation: clusters and their members. With measure-rules.ts the only code that writes
 * `clusters`.
 */
import { and, eq, isNull, sql } from 'drizzle-orm';

import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { prepareStatement } from '#platform/database/orm.ts';
import { createId } from '#platform/ids.ts';

import { alignClusters } from './alignment.ts';
import type { Clustering } from './clustering.ts';
import { describeCluster, nameCluster } from './describe-cluster.ts';
import { measureRules } from './measure-rules.ts';
import type { CustomerTraits } from './people-traits.ts';
import type { ClusterSetRow } from './queries.ts';
import { clusterMembers, clusters, clusterSets } from './tables.ts';

export interface FoundClustering {
  readonly people: CustomerTraits;
  readonly clustering: Clustering;
  /** One per cluster. */
  readonly rules: readonly (string | null)[];
  readonly now: Date;
}

/** Small enough that writing one statement's parameters does not delay requests. */
const MEMBERS_PER_STATEMENT = 5_000;

/**
 * In one transaction; customers who stay in a cluster keep the time of entry.
 * @returns keys of the old and the new clusters; none where the set was changed meanwhile and nothing was written
 */
export function writeClusters(app: App, set: ClusterSetRow, found: FoundClustering): Promise<string[]> {
  return app.db.transaction(async (transaction) => {
    // The time-out of requests does not apply to statements over all customers.
    await transaction.query("/* clusters.noTimeout */ select set_config('statement_timeout', '0', true)");
    const [current] = await lockCurrent(transaction, { id: set.id, version: set.version });
    if (current === undefined) return [];
    const before = await readBefore(transaction, set.id);
    const clusters = nameClusters(set, found, before);
    await upsertClusters(transaction, set.id, clusters, found);
    await writeMembers(transaction, set.id, clusters, found, before);
    const gone = before.clusters.filter((old) => clusters.every(({ id }) => id !== old.id));
    await transaction.query('/* clusters.removeGone */ delete from clusters where id = any($1::uuid[])', [
      gone.map(({ id }) => id),
    ]);
    await measureRules(
      transaction,
      set.id,
      clusters.map(({ id }, index) => ({ id, rule: found.rules[index] ?? null })),
      found.now,
    );
    await finish(transaction, set.id, clusters, found);
    return [...clusters, ...gone].map(({ key }) => key);
  });
}

interface StoredCluster {
  readonly id: string;
  readonly number: number;
  readonly key: string;
}

const readStoredClusters = prepareStatement('clusters.before', (orm) =>
  orm
    .select({ id: clusters.id, number: clusters.number, key: clusters.key })
    .from(clusters)
    .where(eq(clusters.clusterSetId, sql.placeholder('setId')))
    .orderBy(clusters.number),
);

const readMembers = prepareStatement('clusters.membersBefore', (orm) =>
  orm
    .select({ customerId: clusterMembers.customerId })
    .from(clusterMembers)
    .where(eq(clusterMembers.clusterId, sql.placeholder('id'))),
);

/** None where it was changed or archived meanwhile. */
const lockCurrent = prepareStatement('clusters.current', (orm) =>
  orm
    .select({ id: clusterSets.id })
    .from(clusterSets)
    .where(
      and(
        eq(clusterSets.id, sql.placeholder('id')),
        eq(clusterSets.version, sql.placeholder('version')),
        isNull(clusterSets.archivedAt),
      ),
    )
    .for('update'),
);

interface Before {
  readonly clusters: readonly StoredCluster[];
  /** Index in `clusters` by customer. */
  readonly indexOf: ReadonlyMap<string, number>;
}

async function readBefore(db: Database, setId: string): Promise<Before> {
  const stored = await readStoredClusters(db, { setId });
  const indexOf = new Map<string, number>();
  for (const [index, { id }] of stored.entries()) {
    for (const { customerId } of await readMembers(db, { id })) indexOf.set(customerId, index);
  }
  return { clusters: stored, indexOf };
}

/** Matched clusters keep their numbers; new ones continue from the highest. */
function nameClusters(
  { key }: ClusterSetRow,
  { people, clustering, now }: FoundClustering,
  before: Before,
): StoredCluster[] {
  const sizes = clustering.clusters.map(({ size }) => size);
  const oldSizes = before.clusters.map(() => 0);
  for (const index of before.indexOf.values()) oldSizes[index]! += 1;
  const oldLabels = Int32Array.from(people.customerIds, (id) => before.indexOf.get(id) ?? -1);
  let highest = before.clusters.reduce((most, { number }) => Math.max(most, number), 0);
  return alignClusters(clustering.labels, sizes, oldLabels, oldSizes).map((kept) => {
    if (kept !== null) return before.clusters[kept]!;
    highest += 1;
    return { id: createId(now.getTime()), number: highest, key: `${key}/${highest}` };
  });
}

async function upsertClusters(
  db: Database,
  setId: string,
  clusters: readonly StoredCluster[],
  { clustering, rules }: FoundClustering,
): Promise<void> {
  const { clusters: found, report } = clustering;
  const shares = found.map(({ size }) => size / report.peopleCount);
  await db.query(
    `/* clusters.upsert */
    insert into clusters (id, cluster_set_id, number, key, name, description, size, share, rule, traits)
    select found.id, $1::uuid, found.number, found.key, found.name, found.description, found.size, found.share, found.rule,
      found.traits::jsonb
    from unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::int[], $8::double precision[], $9::text[],
      $10::text[]) as found (id, number, key, name, description, size, share, rule, traits)
    on conflict (id) do update set name = excluded.name, description = excluded.description, size = excluded.size,
      share = excluded.share, rule = excluded.rule, traits = excluded.traits, rule_precision = null, rule_recall = null`,
    [
      setId,
      clusters.map(({ id }) => id),
      clusters.map(({ number }) => number),
      clusters.map(({ key }) => key),
      found.map(({ traits }) => nameCluster(traits)),
      found.map(({ traits }, index) => describeCluster(traits, shares[index]!)),
      found.map(({ size }) => size),
      shares,
      rules,
      found.map(({ traits }) => JSON.stringify(traits)),
    ],
  );
}

async function writeMembers(
  db: Database,
  setId: string,
  clusters: readonly StoredCluster[],
  { people, clustering, now }: FoundClustering,
  { indexOf }: Before,
): Promise<void> {
  const rows = Uint32Array.from(clustering.labels.keys()).filter((row) => clustering.labels[row] !== -1);
  for (let start = 0; start < rows.length; start += MEMBERS_PER_STATEMENT) {
    const some = Array.from(rows.subarray(start, start + MEMBERS_PER_STATEMENT));
    await db.query(
      `/* clusters.writeMembers */
      insert into cluster_members (customer_id, cluster_set_id, cluster_id, distance, entered_at)
      select found.customer_id, $1::uuid, found.cluster_id, found.distance, $5::timestamptz
      from unnest($2::uuid[], $3::uuid[], $4::double precision[]) as found (customer_id, cluster_id, distance)
      on conflict (customer_id, cluster_set_id) do update set
        entered_at = case when cluster_members.cluster_id = excluded.cluster_id
          then cluster_members.entered_at else excluded.entered_at end,
        cluster_id = excluded.cluster_id, distance = excluded.distance`,
      [
        setId,
        some.map((row) => people.customerIds[row]),
        some.map((row) => clusters[clustering.labels[row]!]!.id),
        some.map((row) => clustering.distances[row]),
        now,
      ],
    );
  }
  const placed = new Set(Array.from(rows, (row) => people.customerIds[row]!));
  const gone = [...indexOf.keys()].filter((customerId) => !placed.has(customerId));
  await db.query(
    `/* clusters.removeMembers */
    delete from cluster_members where customer_id = any($2::uuid[]) and cluster_set_id = $1`,
    [setId, gone],
  );
}

async function finish(
  db: Database,
  setId: string,
  clusters: readonly StoredCluster[],
  { clustering: { report }, now }: FoundClustering,
): Promise<void> {
  const points = report.points.map((point) => ({ ...point, cluster: clusters[point.cluster]?.number ?? 0 }));
  await db.orm
    .update(clusterSets)
    .set({ status: 'ready', failure: null, report: { ...report, points }, computedAt: now })
    .where(eq(clusterSets.id, setId));
}
