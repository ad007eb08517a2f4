/** Background work on cluster sets. */
import { enqueueJob, type JobDefinition } from '#platform/jobs.ts';
import type { App } from '#platform/app.ts';

import { computeWaitingClusterSets } from './compute.ts';
import { renewClusterSets } from './service.ts';

const compute: JobDefinition = {
  name: 'clusters.compute',
  description: 'Computes the cluster sets that are new or were changed.',
  async run(app, _data, signal) {
    const keys = await computeWaitingClusterSets(app, signal);
    if (keys.length > 0) app.log.info({ clusterSets: keys }, 'clusters computed');
  },
};

const renew: JobDefinition = {
  name: 'clusters.renew',
  schedule: '20 3 * * *',
  description: 'Computes every cluster set anew.',
  async run(app, data, signal) {
    await renewClusterSets(app);
    await compute.run(app, data, signal);
  },
};

export const clusterJobs: readonly JobDefinition[] = [compute, renew];

/** The sets that wait are computed soon, by whichever process works. */
export function requestClusters(app: App): Promise<void> {
  return enqueueJob(app, compute);
}
