/** Changes of look-alikes in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';

import {
  archiveInput,
  changeFields,
  defineKeyTakenError,
  duplicateInput,
  namedFields,
} from '#named-resources/graphql.ts';
import { MAX_TRAITS } from '../clusters/settings.ts';
import { SegmentRuleError } from '../errors.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import { LookAlikeKeyTakenError } from './errors.ts';
import { LookAlike, LookAlikeMethodEnum } from './graphql.ts';
import { requestLookAlikes } from './jobs.ts';
import { lookAlikeById } from './loaders.ts';
import type { LookAlikeRow } from './queries.ts';
import { archiveLookAlike, createLookAlike, duplicateLookAlike, updateLookAlike } from './service.ts';

defineKeyTakenError(LookAlikeKeyTakenError, 'LookAlikeKeyTakenError', 'look-alike');

function payload(name: string, description: string) {
  return builder.objectRef<LookAlikeRow>(name).implement({
    description,
    fields: (t) => ({
      lookAlike: t.field({
        type: LookAlike,
        description: 'The look-alike as it is now.',
        resolve: (row) => row,
      }),
    }),
  });
}

const seedSegmentDescription = 'The segment whose members are the seeds: global id, or the plain UUID.';
const methodDescription = 'What ranks; the better one on hidden seeds where it is null.';

const CreateLookAlikeInput = builder.inputType('CreateLookAlikeInput', {
  description: 'A new look-alike.',
  fields: (t) => ({
    ...namedFields(t),
    seedSegmentId: t.id({ required: true, description: seedSegmentDescription }),
    traits: t.stringList({
      required: true,
      description: `1 to ${MAX_TRAITS} attributes of the rule language that are numbers or money. Leave out those that the rule of the seeds asks for: they only find the rule again.`,
    }),
    filter: t.string({ description: 'Rule that selects the customers to rank; all customers by default.' }),
    method: t.field({ type: LookAlikeMethodEnum, description: methodDescription }),
    seed: t.int({ description: 'Seed of everything random; 1 by default.' }),
  }),
});

builder.mutationField('createLookAlike', (t) =>
  t.field({
    type: payload('CreateLookAlikePayload', 'A look-alike was saved, and waits to be computed.'),
    description: 'Saves a look-alike and has it computed in the background: `status` tells when it is there.',
    errors: {
      types: [InvalidInputError, NotFoundError, SegmentRuleError, LookAlikeKeyTakenError],
      directResult: true,
    },
    args: { input: t.arg({ type: CreateLookAlikeInput, required: true, description: 'The look-alike.' }) },
    resolve: async (_, { input }, { app }) => {
      const seedSegmentId = readGlobalId('Segment', input.seedSegmentId, 'seedSegmentId');
      const lookAlike = await createLookAlike(app, { ...input, seedSegmentId });
      await requestLookAlikes(app);
      return lookAlike;
    },
  }),
);

const UpdateLookAlikeInput = builder.inputType('UpdateLookAlikeInput', {
  description: 'Changes of a look-alike. A field left out keeps its value.',
  fields: (t) => ({
    ...changeFields(t, 'LookAlike'),
    seedSegmentId: t.id({ description: seedSegmentDescription }),
    traits: t.stringList({ description: `1 to ${MAX_TRAITS} attributes that are numbers or money.` }),
    filter: t.string({ description: 'Rule that customers must follow to be ranked.' }),
    method: t.field({ type: LookAlikeMethodEnum, description: methodDescription }),
    seed: t.int({ description: 'Seed of everything random.' }),
  }),
});

builder.mutationField('updateLookAlike', (t) =>
  t.field({
    type: payload('UpdateLookAlikePayload', 'A look-alike was changed, and waits for its computation.'),
    description:
      'Changes an active look-alike and computes it again; with the id alone it is computed again without a change.',
    errors: { types: [InvalidInputError, NotFoundError, SegmentRuleError], directResult: true },
    args: { input: t.arg({ type: UpdateLookAlikeInput, required: true, description: 'The changes.' }) },
    resolve: async (_, { input: { id, seedSegmentId, ...changes } }, context) => {
      const lookAlike = await updateLookAlike(context.app, readGlobalId('LookAlike', id), {
        ...changes,
        ...(seedSegmentId == null
          ? {}
          : { seedSegmentId: readGlobalId('Segment', seedSegmentId, 'seedSegmentId') }),
      });
      await requestLookAlikes(context.app);
      lookAlikeById(context).clear(lookAlike.id);
      return lookAlike;
    },
  }),
);

builder.mutationField('duplicateLookAlike', (t) =>
  t.field({
    type: payload('DuplicateLookAlikePayload', 'A look-alike was copied, and waits to be computed.'),
    description: 'Saves a look-alike with the settings and description of another, and has it computed.',
    errors: {
      types: [InvalidInputError, NotFoundError, SegmentRuleError, LookAlikeKeyTakenError],
      directResult: true,
    },
    args: {
      input: t.arg({
        type: duplicateInput('LookAlike', 'look-alike'),
        required: true,
        description: 'The look-alike.',
      }),
    },
    resolve: async (_, { input: { id, ...copy } }, { app }) => {
      const lookAlike = await duplicateLookAlike(app, readGlobalId('LookAlike', id), copy);
      await requestLookAlikes(app);
      return lookAlike;
    },
  }),
);

builder.mutationField('archiveLookAlike', (t) =>
  t.field({
    type: payload('ArchiveLookAlikePayload', 'A look-alike was archived.'),
    description:
      'Archives a look-alike: rules that name it match no customer, and its key stays taken. Idempotent.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: {
      input: t.arg({
        type: archiveInput('LookAlike', 'look-alike'),
        required: true,
        description: 'The look-alike.',
      }),
    },
    resolve: async (_, { input }, context) => {
      const lookAlike = await archiveLookAlike(context.app, readGlobalId('LookAlike', input.id));
      lookAlikeById(context).clear(lookAlike.id);
      return lookAlike;
    },
  }),
);
