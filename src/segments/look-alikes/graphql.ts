/** Look-alikes in the schema. No SQL. */
import { Customer } from '#customers/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { badInput, readPage, toConnection } from '#graphql/connections.ts';
import { instants } from '#graphql/instants.ts';
import { defineNamedNode, descriptionField } from '#named-resources/graphql.ts';
import { namedQueries } from '#named-resources/queries.ts';

import { ComputationStatus } from '../clusters/graphql.ts';
import { TraitPreparationType } from '../clusters/graphql-traits.ts';
import { Segment } from '../graphql.ts';
import { quoteString } from '#rule-language/syntax/print.ts';
import { segmentById } from '../loaders.ts';
import { lookAlikeById, peopleByLookAlike, peopleCountByLookAlike } from './loaders.ts';
import { lookAlikeResource, type LookAlikeRow, alikeByShare } from './queries.ts';
import type { LiftAtSize, MethodReport } from './settings.ts';

export const LookAlikeMethodEnum = builder.enumType('LookAlikeMethod', {
  description: 'Method of measuring similarity to the seeds over their traits.',
  values: {
    SIMILARITY: {
      value: 'similarity',
      description: 'Distance to the 10 nearest seeds: finds customers who resemble any kind of seed.',
    },
    CLASSIFIER: {
      value: 'classifier',
      description:
        'Logistic regression of seeds against others: finds customers with high values on traits on which seeds have high values.',
    },
  } as const,
});

const Lift = builder.objectRef<LiftAtSize>('LookAlikeLift').implement({
  description: 'Held-out seeds among the most similar customers.',
  fields: (t) => ({
    share: t.exposeFloat('share', { description: 'Share of the ranking: 0.01, 0.05, 0.1, 0.2 and 0.5.' }),
    people: t.exposeInt('people', { description: 'Number of customers in that share.' }),
    found: t.exposeInt('found', {
      description: 'Number of held-out seeds within this depth of the ranking, over all folds.',
    }),
    recall: t.exposeFloat('recall', { description: 'Of all held-out seeds, 0 to 1.' }),
    lift: t.exposeFloat('lift', {
      description: 'Ratio to a random sample of that size; 1 is chance.',
    }),
  }),
});

const MethodResult = builder.objectRef<MethodReport>('LookAlikeMethodResult').implement({
  description:
    'Quality of a method in five-fold validation: each fifth of the seeds is held out once and ranked among the others.',
  fields: (t) => ({
    method: t.expose('method', { type: LookAlikeMethodEnum, description: 'The method.' }),
    lifts: t.field({
      type: [Lift],
      description: 'At 1, 5, 10, 20 and 50 % of the ranking.',
      resolve: ({ lifts }) => [...lifts],
    }),
    areaUnderCurve: t.exposeFloat('areaUnderCurve', {
      description:
        'Probability that a held-out seed ranks before another customer; 0.5 is chance, 1 the best.',
    }),
  }),
});

const TraitWeight = builder
  .objectRef<{ readonly trait: string; readonly weight: number }>('LookAlikeWeight')
  .implement({
    description: 'Weight of a trait for similarity to the seeds.',
    fields: (t) => ({
      trait: t.exposeString('trait', { description: 'Attribute of the rule language.' }),
      weight: t.exposeFloat('weight', {
        description:
          'Change of the log odds per standard deviation of the prepared trait, by the classifier.',
      }),
    }),
  });

const LookAlike = builder.objectRef<LookAlikeRow>('LookAlike');
export const namedLookAlike = { type: 'LookAlike', noun: 'look-alike', field: 'lookAlike', ref: LookAlike };

defineNamedNode(
  namedLookAlike,
  lookAlikeById,
  'Customers who resemble the members of a segment and are not in it. Computed in the background, and again every night.',
  (t) => ({
    description: descriptionField(t),
    seedSegment: t.field({
      type: Segment,
      description: 'Its members are the seeds.',
      resolve: async ({ seedSegmentId }, _, context) => (await segmentById(context).load(seedSegmentId))!,
    }),
    traits: t.stringList({
      description: 'Attributes of the rule language that are compared.',
      resolve: ({ settings }) => [...settings.traits],
    }),
    filter: t.string({
      description: 'Rule that selects the customers to rank.',
      resolve: ({ settings }) => settings.filter,
    }),
    method: t.field({
      type: LookAlikeMethodEnum,
      nullable: true,
      description: 'The requested method, else the better one; null before the first computation.',
      resolve: ({ report }) => report?.method ?? null,
    }),
    status: t.expose('status', { type: ComputationStatus, description: 'State of the computation.' }),
    failure: t.exposeString('failure', {
      nullable: true,
      description: 'Why the last computation failed; null where it did not.',
    }),
    seedCount: t.int({
      nullable: true,
      description: 'Seeds when it was computed.',
      resolve: ({ report }) => report?.seedCount ?? null,
    }),
    candidateCount: t.int({
      nullable: true,
      description: 'Number of ranked customers: those of the filter, without the seeds.',
      resolve: ({ report }) => report?.candidateCount ?? null,
    }),
    results: t.field({
      type: [MethodResult],
      description:
        "Both methods on held-out seeds. If a trait is part of the seeds' rule, finding them is trivial: exclude such traits.",
      resolve: ({ report }) => [...(report?.methods ?? [])],
    }),
    weights: t.field({
      type: [TraitWeight],
      description: 'Traits of the seeds, strongest first.',
      resolve: ({ report }) => [...(report?.weights ?? [])],
    }),
    preparations: t.field({
      type: [TraitPreparationType],
      description: 'Preparation of each trait.',
      resolve: ({ report }) => [...(report?.preparations ?? [])],
    }),
    membershipRule: t.string({
      description:
        'The rule that selects the most similar share of the customers: use it in a segment or an audience.',
      args: {
        share: t.arg.float({ defaultValue: 0.1, description: 'Above 0, to 0.5.' }),
      },
      resolve: ({ key }, { share }) => {
        if (share == null || !(share > 0 && share <= 0.5)) {
          throw badInput(`\`share\` must be above 0 and at most 0.5, got ${share}.`);
        }
        return `similar_to MATCHES (key = ${quoteString(key)}, share <= ${Number(share.toFixed(6))})`;
      },
    }),
    people: t.connection(
      {
        type: Customer,
        description: 'The more similar half of the customers, the most similar first.',
        resolve: async ({ id }, args, context) => {
          const page = readPage(args, alikeByShare.order);
          return toConnection(
            page,
            await peopleByLookAlike(context, page).load(id),
            alikeByShare.cursorOf,
            () => peopleCountByLookAlike(context).load(id),
          );
        },
      },
      { name: 'LookAlikePeopleConnection', description: 'A page of similar customers.' },
      {
        name: 'LookAlikePeopleEdge',
        description: 'A similar customer.',
        fields: (t) => ({
          score: t.float({
            description: 'Similarity, 0 to 1; its scale depends on the method.',
            resolve: ({ node }) => node.score,
          }),
          share: t.float({
            description: 'Relative rank: 0.1 is the end of the most similar tenth of the ranked customers.',
            resolve: ({ node }) => node.share,
          }),
        }),
      },
    ),
    ...instants(t, {}, { computedAt: 'When customers were ranked.' }),
  }),
);

namedQueries(namedLookAlike, 'lookAlikes', { resource: lookAlikeResource, byId: lookAlikeById });
