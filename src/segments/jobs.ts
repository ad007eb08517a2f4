/** Background jobs for memberships. */
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
    description: 'Updates profiles and memberships after changes that their own process left in the queue.',
    async run(app, _data, signal) {
      const count = await drainChangeQueue(app, signal);
      if (count > 0) app.log.info({ customers: count }, 'leftover changes processed');
    },
  },
  {
    name: 'segments.sweep',
    schedule: '* * * * *',
    description: 'Updates memberships that the passing of time changes, when they are due.',
    async run(app, _data, signal) {
      await reevaluateDueMembers(app, signal);
    },
  },
  {
    name: 'segments.sweepUnforeseeable',
    schedule: '*/15 * * * *',
    description: 'Reevaluates segments whose rule depends on the time in an unpredictable way.',
    async run(app, _data, signal) {
      await reevaluateUnscheduled(app, signal);
    },
  },
  {
    name: 'segments.evaluate',
    schedule: '40 2 * * *',
    description: 'Evaluates the members of every segment again.',
    async run(app, _data, signal) {
      await evaluateAllSegments(app, signal);
    },
  },
];
