/** Background work on memberships. */
import type { JobDefinition } from '#platform/jobs.ts';

import { drainChangeQueue } from './membership/refresh.ts';
import {
  evaluateAllSegments,
  reevaluateDueMembers,
  reevaluateUnscheduled,
} from './membership/scheduled-evaluation.ts';

export const jobs: readonly JobDefinition[] = [
  {
    name: 'customers.settle',
    schedule: '* * * * *',
    description: 'Brings profiles and memberships up to date with changes whose own process could not.',
    async run(app, _data, signal) {
      const count = await drainChangeQueue(app, signal);
      if (count > 0) app.log.info({ customers: count }, 'leftover changes settled');
    },
  },
  {
    name: 'segments.sweep',
    schedule: '* * * * *',
    description: 'Moves people whom the passing of time takes into segments or out of them, when it does.',
    async run(app, _data, signal) {
      await reevaluateDueMembers(app, signal);
    },
  },
  {
    name: 'segments.sweepUnforeseeable',
    schedule: '*/15 * * * *',
    description:
      'Finds the members of segments whose rule depends on the time in a way that cannot be foretold.',
    async run(app, _data, signal) {
      await reevaluateUnscheduled(app, signal);
    },
  },
  {
    name: 'segments.evaluate',
    schedule: '40 2 * * *',
    description: 'Finds the members of every segment anew.',
    async run(app, _data, signal) {
      await evaluateAllSegments(app, signal);
    },
  },
];
