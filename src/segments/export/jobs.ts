/** Background work on exports. */
import type { JobDefinition } from '#platform/jobs.ts';

import { EXPORT_HOURS, EXPORT_JOB, forgetExports, writeExports } from './service.ts';

export const exportJobs: readonly JobDefinition[] = [
  {
    ...EXPORT_JOB,
    description: 'Writes the exports of customers that were asked for, oldest first.',
    async run(app, _data, signal, report) {
      await writeExports(app, signal, report);
    },
  },
  {
    name: 'exports.forget',
    schedule: '*/10 * * * *',
    description: `Removes exports ${EXPORT_HOURS} hours after they were asked for.`,
    async run(app) {
      await forgetExports(app);
    },
  },
];
