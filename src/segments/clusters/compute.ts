/** Computes the cluster sets that wait for it: reads traits, clusters in a thread, writes what was found. */
import { and, eq } from 'drizzle-orm';

import type { App } from '#platform/app.ts';
import { DomainError } from '#platform/errors.ts';
import { runInThread } from '#platform/thread.ts';

import { ownName } from '#rule-language/check/own-names.ts';
import { readOwnAttributes } from '../vocabulary/own-attributes.ts';
import { resolveStoredRule } from '../vocabulary/preview.ts';
import { ruleLanguage } from '../vocabulary/registry.ts';
import { evaluateSegmentsOf } from '../membership/scheduled-evaluation.ts';
import type { Clustering, ClusteringOrder } from './clustering.ts';
import { readPeopleTraits } from './people-traits.ts';
import { clusterSetResource, type ClusterSetRow } from './queries.ts';
import { isAge, printBoxes } from './rule-text.ts';
import { refuseSize } from './settings.ts';
import { writeClusters } from './write-clusters.ts';
import { clusterSets } from './tables.ts';

const LOCK = 'clusters.compute';
const THREAD = new URL('./clustering-thread.ts', import.meta.url);

/**
 * Computes every set that waits, one after the other; a set that is changed meanwhile waits again. Failures that a caller
 * can fix are told by the set.
 * @returns keys of the sets that were computed
 */
export function computeWaitingClusterSets(app: App, signal?: AbortSignal): Promise<string[]> {
  return app.db.withLock(LOCK, async () => {
    const computed: string[] = [];
    for (let set = await readWaiting(app); set !== undefined; set = await readWaiting(app)) {
      signal?.throwIfAborted();
      await computeOrFail(app, set, signal);
      computed.push(set.key);
    }
    return computed;
  });
}

async function readWaiting(app: App): Promise<ClusterSetRow | undefined> {
  const [row] = await app.db.query<ClusterSetRow>(
    `/* clusters.waiting */
    select ${clusterSetResource.columns} from cluster_sets
    where status = 'waiting' and archived_at is null order by updated_at, id limit 1`,
  );
  return row;
}

/** A set that cannot be computed must not keep the others waiting. */
async function computeOrFail(app: App, set: ClusterSetRow, signal?: AbortSignal): Promise<void> {
  try {
    await computeClusterSet(app, set, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DomainError) return fail(app, set, error.message);
    app.log.error({ error, clusterSet: set.key }, 'clusters not computed');
    await fail(app, set, 'It could not be computed; the log of the gateway tells why.');
  }
}

async function computeClusterSet(app: App, set: ClusterSetRow, signal?: AbortSignal): Promise<void> {
  const { settings } = set;
  const now = app.clock();
  const asOf = settings.asOfOn === null ? now : new Date(settings.asOfOn);
  const { written, inlined } = await resolveStoredRule(app.db, settings.filter);
  const people = await readPeopleTraits(app.db, settings.traits, inlined, { now, asOf });
  const refusal = refuseSize(settings, people.customerIds.length);
  if (refusal !== null) return fail(app, set, refusal);
  const order: ClusteringOrder = {
    settings,
    columns: people.columns,
    isWhole: settings.traits.map(countsDays),
  };
  const clustering = await runInThread<Clustering | null>(THREAD, order, signal);
  if (clustering === null) {
    return fail(app, set, 'Every trait was left out: nearly everybody has the same value, or none.');
  }
  const own = await readOwnAttributes(app.db);
  const context = {
    traits: settings.traits,
    booleans: new Set(own.flatMap(({ key, type }) => (type === 'boolean' ? [ownName(key)] : []))),
    hasMissing: clustering.report.preparations.map(({ missingCount }) => missingCount > 0),
    filter: written,
    asOfOn: settings.asOfOn,
  };
  const rules = clustering.clusters.map(({ boxes }) => printBoxes(boxes, context));
  const changedKeys = await writeClusters(app, set, { people, clustering, rules, now });
  if (changedKeys.length > 0) {
    await evaluateSegmentsOf(
      app,
      changedKeys.map((key) => `cluster.${key}`),
      signal,
    );
  }
}

/** Bounds of ages are read as days. */
function countsDays(trait: string): boolean {
  const definition = ruleLanguage().attributes.get(trait);
  return definition !== undefined && isAge(definition);
}

async function fail(app: App, { id, version }: ClusterSetRow, reason: string): Promise<void> {
  await app.db.orm
    .update(clusterSets)
    .set({ status: 'failed', failure: reason })
    .where(and(eq(clusterSets.id, id), eq(clusterSets.version, version)));
}
