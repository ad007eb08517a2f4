/** Background work on customers. */
import type { JobDefinition } from '#platform/jobs.ts';

import { rotateContactKeys } from './contact-data/rotate-keys.ts';

export const jobs: readonly JobDefinition[] = [
  {
    name: 'customers.rotateContactKeys',
    schedule: '17 3 * * *',
    description: 'Re-seals contact data that is still sealed with an older key.',
    run: async (app, _data, signal) => {
      await rotateContactKeys(app, { signal });
    },
  },
];
