/** Background jobs for customers. */
import { forgetOldCalls, IDEMPOTENCY_HOURS } from '#platform/idempotency.ts';
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
  {
    name: 'customers.forgetCalls',
    schedule: '41 * * * *',
    description: `Forgets the answers of batches that came with a key more than ${IDEMPOTENCY_HOURS} hours ago.`,
    run: async ({ db, clock }) => {
      await forgetOldCalls(db, clock());
    },
  },
];
