/** Training as a background job. */
import type { JobDefinition } from '#platform/jobs.ts';

import { NotEnoughDataError, TrainingUnderWayError } from './errors.ts';
import { forgetOldImpressions } from './impressions/impressions.ts';
import { trainModels } from './service.ts';

const trainJob: JobDefinition = {
  name: 'recommendations.train',
  schedule: '30 2 * * *',
  description:
    'Trains the quick recommendation models on all purchases and publishes those that are not worse.',
  async run(app, _data, signal) {
    try {
      const { versions, rejected, leftOut, customerCount, durationMs } = await trainModels(app, { signal });
      app.log.info(
        { versions: versions.length, rejected: rejected.length, leftOut, customerCount, durationMs },
        'models trained',
      );
    } catch (error) {
      // Without data a retry would fail too, and a concurrent training has the same result.
      if (!(error instanceof NotEnoughDataError || error instanceof TrainingUnderWayError)) throw error;
      app.log.info({ reason: error.message }, 'models not trained');
    }
  },
};

const forgetJob: JobDefinition = {
  name: 'recommendations.forgetImpressions',
  schedule: '10 3 * * *',
  description: 'Deletes what was shown to whom more than 400 days ago.',
  run: forgetOldImpressions,
};

export const jobs: readonly JobDefinition[] = [trainJob, forgetJob];
