/** Background work on the change log. */
import type { JobDefinition } from '#platform/jobs.ts';

import { pruneChanges } from './retention.ts';

export const jobs: readonly JobDefinition[] = [
  {
    name: 'changes.prune',
    schedule: '23 * * * *',
    description: 'Removes entries of the change log that are older than CHANGE_RETENTION_DAYS.',
    run: async (app, _data, signal) => {
      const count = await pruneChanges(app, signal);
      if (count > 0) app.log.info({ count }, 'old entries of the change log removed');
    },
  },
];
