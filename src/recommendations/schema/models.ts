/** Trained models in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { instants } from '#graphql/instants.ts';

import { Algorithm, RecommendationList } from './enums.ts';
import { type ModelRow, readModels } from '../models/store.ts';

const ModelStatus = builder.enumType('ModelStatus', {
  description: 'State of a version.',
  values: {
    TRAINING: { value: 'training', description: 'In training.' },
    PUBLISHED: { value: 'published', description: 'Answers requests: one version of each algorithm.' },
    RETIRED: { value: 'retired', description: 'Answered requests before, and can be published again.' },
    REJECTED: { value: 'rejected', description: 'Trained, and found worse than the one that answers.' },
    FAILED: { value: 'failed', description: 'Its training failed or was interrupted.' },
  } as const,
});

const Model = builder.objectRef<ModelRow>('Model').implement({
  description: 'A version of an algorithm: its training data, its time, and its quality.',
  fields: (t) => ({
    algorithm: t.expose('algorithm', { type: Algorithm, description: 'The method.' }),
    version: t.exposeInt('version', { description: 'Counts up from 1 within an algorithm.' }),
    status: t.expose('status', { type: ModelStatus, description: 'Whether it answers requests.' }),
    seed: t.exposeInt('seed', { description: 'Seed of the random numbers in the training.' }),
    hyperparameters: t.expose('hyperparameters', {
      type: 'JSON',
      description: 'Settings that it was trained with.',
    }),
    metrics: t.expose('metrics', {
      type: 'JSON',
      description:
        'Quality of its predictions of the last purchase day of up to 2,000 customers when trained without it: `ndcg@10` with its bootstrap interval of 95 % from `ndcg@10.low` to `ndcg@10.high`, `hr@10`, `recall@10` and the number of `cases`; missing where no customer bought on two days. REBUY, PERSONAL_FREQUENCY and TIFU_KNN are measured on repeat purchases, the others on first purchases. `newest.` compares it with the version that served, on days after its training. `trainSeconds` is the time of training and measuring.',
    }),
    notes: t.exposeStringList('notes', {
      description:
        'Decisions about it with reasons: settings by size, and the comparison with the previous version.',
    }),
    defaultFor: t.expose('defaultFor', {
      type: [RecommendationList],
      description:
        'Lists with this method as the default: among those whose interval overlaps the best one, the cheapest to serve.',
    }),
    ...instants(
      t,
      {},
      { dataFrom: 'First purchase in the training data.', dataTo: 'Last purchase in the training data.' },
    ),
    customerCount: t.exposeInt('customerCount', { description: 'Customers in the training data.' }),
    productCount: t.exposeInt('productCount', { description: 'Products in the training data.' }),
    interactionCount: t.exposeInt('interactionCount', {
      description: 'Pairs of a customer and a product bought and kept.',
    }),
    ...instants(
      t,
      { startedAt: 'Start of the training.' },
      {
        trainedAt: 'End of the training; null before it and after a failure.',
        publishedAt: 'Time of the last publication.',
        retiredAt: 'Time of the replacement by another version; null while it is published.',
      },
    ),
  }),
});

builder.queryField('models', (t) =>
  t.field({
    type: [Model],
    description:
      'Versions of models, newest first within each algorithm: the published one and a few before it.',
    resolve: (_, _args, { db }) => readModels(db),
  }),
);
