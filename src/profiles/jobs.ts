/** Background work on profiles. */
import type { JobDefinition } from '#platform/jobs.ts';

import { recomputeProfiles } from './service.ts';

export const jobs: readonly JobDefinition[] = [
  {
    name: 'profiles.recompute',
    schedule: '10 2 * * *',
    description: 'Computes every profile anew, and the cut points that RFM scores are read against.',
    async run(app, _data, signal) {
      const count = await recomputeProfiles(app, signal);
      app.log.info({ customers: count }, 'profiles computed');
    },
  },
];
