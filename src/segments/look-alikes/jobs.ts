/** Background work on look-alikes. */
import type { App } from '#platform/app.ts';
import { enqueueJob, type JobDefinition } from '#platform/jobs.ts';

import { computeWaitingLookAlikes } from './compute.ts';
import { renewLookAlikes } from './service.ts';

const compute: JobDefinition = {
  name: 'lookAlikes.compute',
  description: 'Computes the look-alikes that are new or were changed.',
  async run(app, _data, signal) {
    const keys = await computeWaitingLookAlikes(app, signal);
    if (keys.length > 0) app.log.info({ lookAlikes: keys }, 'look-alikes computed');
  },
};

const renew: JobDefinition = {
  name: 'lookAlikes.renew',
  schedule: '35 3 * * *',
  description: 'Computes every look-alike anew.',
  async run(app, data, signal) {
    await renewLookAlikes(app);
    await compute.run(app, data, signal);
  },
};

export const lookAlikeJobs: readonly JobDefinition[] = [compute, renew];

/** Those that wait are computed soon, by whichever process works. */
export function requestLookAlikes(app: App): Promise<void> {
  return enqueueJob(app, compute);
}
