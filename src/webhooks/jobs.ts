/** Background work of webhooks. */
import type { JobDefinition } from '#platform/jobs.ts';

import { deliverWebhooks } from './deliver.ts';
import { forgetDeliveries } from './service.ts';

/** A little less than the time from one run to the next. */
const RUN_MS = 57_000;

export const jobs: readonly JobDefinition[] = [
  {
    name: 'webhooks.deliver',
    schedule: '* * * * *',
    description: 'Sends entries of the change log to webhooks as they come.',
    run: (app, _data, signal) => deliverWebhooks(app, signal, RUN_MS),
  },
  {
    name: 'webhooks.forget',
    schedule: '33 * * * *',
    description: 'Removes deliveries that are older than CHANGE_RETENTION_DAYS.',
    run: async (app) => {
      await forgetDeliveries(app);
    },
  },
];
