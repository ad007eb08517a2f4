/** Computes the cluster sets that wait: reads traits, clusters in a thread, writes the result. */
import { computedResource } from '#named-resources/computed-resource.ts';
import type { App } from '#platform/app.ts';
import { runInThread } from '#platform/thread.ts';

import { ownName } from '#rule-language/check/own-names.ts';
import { readOwnAttributes } from '../vocabulary/own-attributes.ts';
import { resolveStoredRule } from '../vocabulary/preview.ts';
import { ruleLanguage } from '../vocabulary/registry.ts';
import { evaluateSegmentsOf } from '../membership/scheduled-evaluation.ts';
import type { Clustering, ClusteringOrder } from './clustering.ts';
import { readCustomerTraits } from './people-traits.ts';
import type { ClusterSetRow } from './queries.ts';
import { isAge, printBoxes } from './rule-text.ts';
import { refuseSize } from './settings.ts';
import { writeClusters } from './write-clusters.ts';
import { clusterSets } from './tables.ts';

const THREAD = new URL('./clustering-thread.ts', import.meta.url);

export const {
  computeWaiting: computeWaitingClusterSets,
  renew: renewClusterSets,
  request: requestClusters,
  jobs: clusterJobs,
} = computedResource(clusterSets, {
  noun: 'cluster set',
  name: 'clusters',
  schedule: '20 3 * * *',
  compute: computeClusterSet,
});

/** @returns why the set cannot be computed; null on success */
async function computeClusterSet(app: App, set: ClusterSetRow, signal?: AbortSignal): Promise<string | null> {
  const { settings } = set;
  const now = app.clock();
  const asOf = settings.asOfOn === null ? now : new Date(settings.asOfOn);
  const { written, inlined } = await resolveStoredRule(app.db, settings.filter);
  const people = await readCustomerTraits(app.db, settings.traits, inlined, { now, asOf });
  const refusal = refuseSize(settings, people.customerIds.length);
  if (refusal !== null) return refusal;
  const order: ClusteringOrder = {
    settings,
    columns: people.columns,
    isWhole: settings.traits.map(countsDays),
  };
  const clustering = await runInThread<Clustering | null>(THREAD, order, signal);
  if (clustering === null)
    return 'Every trait was left out: nearly all customers have the same value, or none.';
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
  return null;
}

/** Bounds of ages are read as days. */
function countsDays(trait: string): boolean {
  const definition = ruleLanguage().attributes.get(trait);
  return definition !== undefined && isAge(definition);
}
