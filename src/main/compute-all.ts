/** Computes all derived data: profiles, memberships, clusters, look-alikes and models. */
import type { App } from '#platform/app.ts';
import { type PredictionTraining, trainPredictions } from '#predictions/service.ts';
import { recomputeProfiles } from '#profiles/service.ts';
import { NotEnoughDataError } from '#recommendations/errors.ts';
import { trainModels, type TrainingSummary } from '#recommendations/service.ts';
import { computeWaitingClusterSets, renewClusterSets } from '#segments/clusters/compute.ts';
import { computeWaitingLookAlikes, renewLookAlikes } from '#segments/look-alikes/compute.ts';
import { evaluateAllSegments } from '#segments/membership/scheduled-evaluation.ts';

/** @returns number of profiles */
export async function computeAll(app: App): Promise<number> {
  const startedAt = app.clock();
  // The embedded database gathers no statistics by itself, and plans badly without.
  if (app.db.engine === 'pglite') await app.db.execute('analyze');
  const count = await recomputeProfiles(app);
  await evaluateAllSegments(app);
  await renewClusterSets(app);
  await computeWaitingClusterSets(app);
  await renewLookAlikes(app);
  await computeWaitingLookAlikes(app);
  // Customers enqueued before need no single refresh.
  await app.db.query('/* forgetChanges */ delete from recompute_queue where changed_at < $1::timestamptz', [
    startedAt,
  ]);
  return count;
}

export interface TrainedModels {
  readonly models: TrainingSummary['versions'];
  readonly predictions: PredictionTraining;
}

export function describeRejected(algorithm: string, version: number): string {
  return `Version ${version} of ${algorithm} is worse than the one that serves: see \`models list\`.`;
}

/**
 * Trains recommendations, then predictions. Their data requirements are independent, so each is skipped alone, with a
 * note of the reason.
 * @throws {TrainingUnderWayError} another process trains
 */
export async function trainAll(app: App, note: (line: string) => void): Promise<TrainedModels> {
  const models = await trainRecommendations(app, note);
  const predictions = await trainPredictions(app);
  if (!predictions.isTrained) note(predictions.reason);
  return { models, predictions };
}

async function trainRecommendations(
  app: App,
  note: (line: string) => void,
): Promise<TrainingSummary['versions']> {
  try {
    const { versions, rejected, leftOut } = await trainModels(app);
    for (const { algorithm, reason } of leftOut) note(`${algorithm} is left out: ${reason}.`);
    for (const { algorithm, version } of rejected) note(describeRejected(algorithm, version));
    return versions;
  } catch (error) {
    if (!(error instanceof NotEnoughDataError)) throw error;
    note(error.message);
    return [];
  }
}
