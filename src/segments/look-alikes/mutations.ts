/** Changes of look-alikes in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { changeFields, namedFields } from '#named-resources/graphql.ts';
import { namedMutations } from '#named-resources/mutations.ts';
import type { App } from '#platform/app.ts';
import { NotFoundError } from '#platform/errors.ts';

import { MAX_TRAITS } from '../clusters/settings.ts';
import { SegmentRuleError } from '../errors.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import { LookAlikeKeyTakenError } from './errors.ts';
import { LookAlikeMethodEnum, namedLookAlike } from './graphql.ts';
import { requestLookAlikes } from './compute.ts';
import type { LookAlikeRow } from './queries.ts';
import { archiveLookAlike, createLookAlike, duplicateLookAlike, updateLookAlike } from './service.ts';

const mutations = namedMutations(namedLookAlike, LookAlikeKeyTakenError);

const seedSegmentDescription = 'The segment whose members are the seeds: global id, or the plain UUID.';
const methodDescription = 'Method; null takes the better one on held-out seeds.';

const CreateLookAlikeInput = builder.inputType('CreateLookAlikeInput', {
  description: 'A new look-alike.',
  fields: (t) => ({
    ...namedFields(t),
    seedSegmentId: t.id({ required: true, description: seedSegmentDescription }),
    traits: t.stringList({
      required: true,
      description: `1 to ${MAX_TRAITS} attributes of the rule language that are numbers or money. Exclude those in the seeds' rule: they only reproduce the rule.`,
    }),
    filter: t.string({ description: 'Rule that selects the customers to rank; all customers by default.' }),
    method: t.field({ type: LookAlikeMethodEnum, description: methodDescription }),
    seed: t.int({ description: 'Seed of the random numbers; 1 by default.' }),
  }),
});

mutations.create({
  description: 'Saves a look-alike and enqueues its computation in the background; see `status`.',
  done: 'A look-alike was saved, and waits for its computation.',
  errors: [NotFoundError, SegmentRuleError],
  input: CreateLookAlikeInput,
  resolve: (input, { app }) =>
    requested(app, createLookAlike(app, { ...input, seedSegmentId: readSeedSegmentId(input.seedSegmentId) })),
});

const UpdateLookAlikeInput = builder.inputType('UpdateLookAlikeInput', {
  description: 'Changes of a look-alike. A field left out keeps its value.',
  fields: (t) => ({
    ...changeFields(t, 'LookAlike'),
    seedSegmentId: t.id({ description: seedSegmentDescription }),
    traits: t.stringList({ description: `1 to ${MAX_TRAITS} attributes that are numbers or money.` }),
    filter: t.string({ description: 'Rule that selects the customers to rank.' }),
    method: t.field({ type: LookAlikeMethodEnum, description: methodDescription }),
    seed: t.int({ description: 'Seed of the random numbers.' }),
  }),
});

mutations.update({
  description:
    'Changes an active look-alike and computes it again; with only the id it is recomputed without a change.',
  done: 'A look-alike was changed, and waits for its computation.',
  errors: [SegmentRuleError],
  input: UpdateLookAlikeInput,
  resolve: (id, { seedSegmentId, ...changes }, { app }) =>
    requested(
      app,
      updateLookAlike(app, id, {
        ...changes,
        ...(seedSegmentId == null ? {} : { seedSegmentId: readSeedSegmentId(seedSegmentId) }),
      }),
    ),
});

mutations.duplicate({
  description:
    'Saves a copy of a look-alike with its settings and description, and enqueues its computation.',
  done: 'A look-alike was copied, and waits for its computation.',
  errors: [SegmentRuleError],
  resolve: (id, copy, { app }) => requested(app, duplicateLookAlike(app, id, copy)),
});

mutations.archive({
  description:
    'Archives a look-alike: rules that name it match no customer, and its key stays taken. Idempotent.',
  done: 'A look-alike was archived.',
  resolve: (id, { app }) => archiveLookAlike(app, id),
});

function readSeedSegmentId(text: string): string {
  return readGlobalId('Segment', text, 'seedSegmentId');
}

async function requested(app: App, saving: Promise<LookAlikeRow>): Promise<LookAlikeRow> {
  const lookAlike = await saving;
  await requestLookAlikes(app);
  return lookAlike;
}
