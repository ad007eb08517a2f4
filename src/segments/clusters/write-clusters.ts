/** Writes what was found: clusters, who is in them, how well their rules hold. The only code that writes `clusters`. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';

import { resolveRule } from '../preview.ts';
import { compileRule } from '../rule.ts';
import { alignClusters, type OldCluster } from './alignment.ts';
import type { Clustering } from './clustering.ts';
import { describeCluster, nameCluster } from './describe-cluster.ts';
import type { PeopleTraits } from './people-traits.ts';
import type { ClusterSetRow } from './queries.ts';

export interface FoundClustering {
  readonly people: PeopleTraits;
  readonly clustering: Clustering;
  /** One per cluster. */
  readonly rules: readonly (string | null)[];
  readonly now: Date;
}

const MEMBERS_PER_STATEMENT = 20_000;

/**
 * In one transaction; who stays in a cluster keeps the time of entering.
 * @returns keys of the clusters that were and are; none where the set was changed meanwhile and nothing was written
 */
export function writeClusters(app: App, set: ClusterSetRow, found: FoundClustering): Promise<string[]> {
  return app.db.transaction(async (transaction) => {
    // The time-out of requests is not meant for statements over everybody.
    await transaction.query("/* clusters.noTimeout */ select set_config('statement_timeout', '0', true)");
    const [current] = await transaction.query(
      '/* clusters.current */ select id from cluster_sets where id = $1 and version = $2 and archived_at is null for update',
      [set.id, set.version],
    );
    if (current === undefined) return [];
    const before = await readBefore(transaction, set.id);
    const clusters = nameClusters(set, found, before);
    await upsertClusters(transaction, set.id, clusters, found);
    await writeMembers(transaction, set.id, clusters, found);
    const gone = before.clusters.filter((old) => clusters.every(({ id }) => id !== old.id));
    await transaction.query('/* clusters.removeGone */ delete from clusters where id = any($1::uuid[])', [
      gone.map(({ id }) => id),
    ]);
    await measureRules(transaction, set.id, clusters, found);
    await finish(transaction, set.id, clusters, found);
    return [...clusters, ...gone].map(({ key }) => key);
  });
}

interface StoredCluster extends OldCluster {
  readonly key: string;
}

interface Before {
  readonly clusters: readonly StoredCluster[];
  readonly oldOf: ReadonlyMap<string, OldCluster>;
}

async function readBefore(db: Database, setId: string): Promise<Before> {
  const clusters = await db.query<StoredCluster>(
    '/* clusters.before */ select id, number, key from clusters where cluster_set_id = $1',
    [setId],
  );
  const byId = new Map(clusters.map((cluster) => [cluster.id, cluster]));
  const members = await db.query<{ customerId: string; clusterId: string }>(
    `/* clusters.membersBefore */
    select customer_id as "customerId", cluster_id as "clusterId" from cluster_members where cluster_set_id = $1`,
    [setId],
  );
  return {
    clusters,
    oldOf: new Map(members.map(({ customerId, clusterId }) => [customerId, byId.get(clusterId)!])),
  };
}

/** Numbers of clusters that go on are kept; new ones count on from the highest. */
function nameClusters(
  { key }: ClusterSetRow,
  { people, clustering, now }: FoundClustering,
  { clusters: old, oldOf }: Before,
): StoredCluster[] {
  const sizes = clustering.clusters.map(({ size }) => size);
  let highest = old.reduce((most, { number }) => Math.max(most, number), 0);
  return alignClusters(people.customerIds, clustering.labels, sizes, oldOf).map((kept) => {
    const number = kept?.number ?? (highest += 1);
    return { id: kept?.id ?? createId(now.getTime()), number, key: `${key}/${number}` };
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
  await db.query(
    `/* clusters.removeMembers */
    delete from cluster_members placement
    where cluster_set_id = $1
      and not exists (select from unnest($2::uuid[]) as kept (id) where kept.id = placement.customer_id)`,
    [setId, Array.from(rows, (row) => people.customerIds[row])],
  );
}

/** Against everybody as the rules find them, in one statement. */
async function measureRules(
  db: Database,
  setId: string,
  clusters: readonly StoredCluster[],
  { rules, now }: FoundClustering,
): Promise<void> {
  const parameters: unknown[] = [setId];
  const measured: string[] = [];
  const counts: string[] = [];
  for (const [index, { id }] of clusters.entries()) {
    const text = rules[index] ?? null;
    if (text === null) continue;
    const { inlined } = await resolveRule(db, text);
    const place = parameters.push(id);
    const { sql, parameters: own } = compileRule(inlined, { now, firstParameter: place + 1 });
    parameters.push(...own);
    measured.push(id);
    counts.push(`jsonb_build_array(count(*) filter (where ${sql}),
      count(*) filter (where (${sql}) and placement.cluster_id = $${place}::uuid),
      count(*) filter (where placement.cluster_id = $${place}::uuid))`);
  }
  if (measured.length === 0) return;
  const [row] = await db.queryOnce<{ counts: readonly (readonly [number, number, number])[] }>(
    `/* clusters.measureRules */
    select jsonb_build_array(${counts.join(', ')}) as counts
    from customers c
    left join customer_profiles p on p.customer_id = c.id
    left join cluster_members placement on placement.customer_id = c.id and placement.cluster_set_id = $1
    where c.merged_into_id is null and c.erased_at is null`,
    parameters,
  );
  await db.query(
    `/* clusters.writeMeasures */
    update clusters set rule_precision = found.precision, rule_recall = found.recall
    from unnest($1::uuid[], $2::double precision[], $3::double precision[]) as found (id, precision, recall)
    where clusters.id = found.id`,
    [
      measured,
      row!.counts.map(([matched, hits]) => (matched === 0 ? null : hits / matched)),
      row!.counts.map(([, hits, size]) => (size === 0 ? null : hits / size)),
    ],
  );
}

async function finish(
  db: Database,
  setId: string,
  clusters: readonly StoredCluster[],
  { clustering: { report }, now }: FoundClustering,
): Promise<void> {
  const points = report.points.map((point) => ({ ...point, cluster: clusters[point.cluster]?.number ?? 0 }));
  await db.query(
    `/* clusters.finish */
    update cluster_sets set status = 'ready', failure = null, report = $2::jsonb, computed_at = $3::timestamptz
    where id = $1`,
    [setId, JSON.stringify({ ...report, points }), now],
  );
}
