/** Trained models in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { instants } from '#graphql/instants.ts';

import { Algorithm, RecommendationList } from './enums.ts';
import { type ModelRow, readModels } from '../models/store.ts';

const ModelStatus = builder.enumType('ModelStatus', {
  description: 'Where a version stands in its life.',
  values: {
    TRAINING: { value: 'training', description: 'Being trained now.' },
    PUBLISHED: { value: 'published', description: 'Answers requests: one version of each algorithm.' },
    RETIRED: { value: 'retired', description: 'Answered requests before, and can be published again.' },
    REJECTED: { value: 'rejected', description: 'Trained, and found worse than the one that answers.' },
    FAILED: { value: 'failed', description: 'Its training did not come to its end.' },
  } as const,
});

const Model = builder.objectRef<ModelRow>('Model').implement({
  description: 'A version of an algorithm: what it was trained on, when, and how good it is.',
  fields: (t) => ({
    algorithm: t.expose('algorithm', { type: Algorithm, description: 'The method.' }),
    version: t.exposeInt('version', { description: 'Counts up from 1 within an algorithm.' }),
    status: t.expose('status', { type: ModelStatus, description: 'Whether it answers requests.' }),
    seed: t.exposeInt('seed', { description: 'Seed of everything random in the training.' }),
    hyperparameters: t.expose('hyperparameters', {
      type: 'JSON',
      description: 'Settings that it was trained with.',
    }),
    metrics: t.expose('metrics', {
      type: 'JSON',
      description:
        'Quality of its predictions of the last purchase day of up to 2,000 customers when trained without it: `ndcg@10` with its bootstrap interval of 95 % from `ndcg@10.low` to `ndcg@10.high`, `hr@10`, `recall@10` and the number of `cases`; missing where no customer bought on two days. REBUY, PERSONAL_FREQUENCY and TIFU_KNN are asked for what was bought again, the others for what was bought for the first time. `newest.` compares it with the version that served, on days after that was trained. `trainSeconds` is what training and measuring took.',
    }),
    notes: t.exposeStringList('notes', {
      description:
        'What was decided about it and why: settings by size, and how it compared with the one before.',
    }),
    defaultFor: t.expose('defaultFor', {
      type: [RecommendationList],
      description:
        'Lists that take this method unless `algorithm` asks for another: among those whose interval overlaps the best one, the cheapest to serve.',
    }),
    ...instants(
      t,
      {},
      { dataFrom: 'First purchase that it was trained on.', dataTo: 'Last purchase that it was trained on.' },
    ),
    customerCount: t.exposeInt('customerCount', { description: 'Customers in the training data.' }),
    productCount: t.exposeInt('productCount', { description: 'Products in the training data.' }),
    interactionCount: t.exposeInt('interactionCount', {
      description: 'Pairs of a customer and a product bought and kept.',
    }),
    ...instants(
      t,
      { startedAt: 'When its training began.' },
      {
        trainedAt: 'When its training was done; null before and after a failure.',
        publishedAt: 'When it last began to answer requests.',
        retiredAt: 'When another version took its place; null while it answers.',
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
