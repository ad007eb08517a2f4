/** Background jobs for profiles. */
import type { JobDefinition } from '#platform/jobs.ts';

import { recomputeProfiles } from './service.ts';

export const jobs: readonly JobDefinition[] = [
  {
    name: 'profiles.recompute',
    schedule: '10 2 * * *',
    description: 'Computes every profile, and the cut points of RFM scores.',
    async run(app, _data, signal) {
      const count = await recomputeProfiles(app, signal);
      app.log.info({ customers: count }, 'profiles computed');
    },
  },
];
