/** Training as a background job. */
import type { JobDefinition } from '#platform/jobs.ts';

import { trainPredictions } from './service.ts';

export const jobs: readonly JobDefinition[] = [
  {
    name: 'predictions.train',
    schedule: '50 2 * * *',
    description: 'Fits the models of purchases and spend to all customers who ever bought.',
    async run(app, _data, signal) {
      const training = await trainPredictions(app, { signal });
      app.log.info(training, training.isTrained ? 'predictions trained' : 'predictions not trained');
    },
  },
];
