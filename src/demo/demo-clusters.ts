/** A cluster set and a look-alike of the demo shop, computed from its customers. */
import type { App } from '#platform/app.ts';
import { computeWaitingClusterSets } from '#segments/clusters/compute.ts';
import { ClusterSetKeyTakenError } from '#segments/clusters/errors.ts';
import { createClusterSet } from '#segments/clusters/service.ts';
import { computeWaitingLookAlikes } from '#segments/look-alikes/compute.ts';
import { LookAlikeKeyTakenError } from '#segments/look-alikes/errors.ts';
import { createLookAlike } from '#segments/look-alikes/service.ts';
import { segmentResource } from '#segments/queries.ts';

/** Resources of an earlier call stay. */
export async function addClusters(app: App): Promise<void> {
  await createClusterSet(app, {
    key: 'buying',
    name: 'How they buy',
    description: 'Who bought when, how often and for how much, as the orders show it.',
    traits: ['recency_days', 'number_of_orders', 'amount_spent'],
    count: 4,
  }).catch(unless(ClusterSetKeyTakenError));
  await computeWaitingClusterSets(app);
  const champions = await segmentResource.byKey(app.db, 'champions');
  if (champions === null) return;
  await createLookAlike(app, {
    key: 'like_champions',
    name: 'Like our champions',
    description: 'Baskets and products like those of champions, whatever the sums: who could become one.',
    seedSegmentId: champions.id,
    // RFM defines champions, so its attributes would only reproduce the rule.
    traits: ['items_per_order', 'products_per_order', 'average_gap_days', 'return_rate', 'preferred_hour'],
    filter: 'number_of_orders >= 1',
  }).catch(unless(LookAlikeKeyTakenError));
  await computeWaitingLookAlikes(app);
}

function unless(made: typeof ClusterSetKeyTakenError | typeof LookAlikeKeyTakenError) {
  return (error: unknown): void => {
    if (!(error instanceof made)) throw error;
  };
}
