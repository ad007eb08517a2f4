/** Training as background work. */
import type { JobDefinition } from '#platform/jobs.ts';

import { NotEnoughDataError, TrainingUnderWayError } from './errors.ts';
import { trainModels } from './service.ts';

const trainJob: JobDefinition = {
  name: 'recommendations.train',
  schedule: '30 2 * * *',
  description: 'Trains the recommendation models on all purchases and publishes them.',
  async run(app, _data, signal) {
    try {
      const { versions, customerCount, durationMs } = await trainModels(app, { signal });
      app.log.info({ versions: versions.length, customerCount, durationMs }, 'models trained');
    } catch (error) {
      // Nothing to repeat: without data a next try would find none, and the other training does this one's work.
      if (!(error instanceof NotEnoughDataError || error instanceof TrainingUnderWayError)) throw error;
      app.log.info({ reason: error.message }, 'models not trained');
    }
  },
};

export const jobs: readonly JobDefinition[] = [trainJob];
