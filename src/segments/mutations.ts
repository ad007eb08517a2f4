/** Changes of segments in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { ErrorInterface } from '#graphql/errors.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import type { RequestContext } from '#platform/request.ts';

import { defineInUseError, defineKeyTakenError, namedFields } from './graphql-names.ts';
import { SegmentCycleError, SegmentInUseError, SegmentKeyTakenError, SegmentRuleError } from './errors.ts';
import { Segment } from './graphql.ts';
import { segmentById, sizeBySegment } from './loaders.ts';
import { readSegmentId } from './lookup.ts';
import type { SegmentRow } from './queries.ts';
import { archiveSegment, createSegment, duplicateSegment, updateSegment } from './service.ts';

defineKeyTakenError(SegmentKeyTakenError, 'SegmentKeyTakenError', 'segment');

builder.objectType(SegmentCycleError, {
  name: 'SegmentCycleError',
  description: 'Rules of segments would refer to each other in a circle.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    path: t.exposeStringList('path', { description: 'Keys on the way round; the first is also the last.' }),
  }),
});

defineInUseError(SegmentInUseError, 'SegmentInUseError', 'Rules of other segments name this one.');

function payload(name: string, description: string) {
  return builder.objectRef<SegmentRow>(name).implement({
    description,
    fields: (t) => ({
      segment: t.field({ type: Segment, description: 'The segment as it is now.', resolve: (row) => row }),
    }),
  });
}

const CreateSegmentInput = builder.inputType('CreateSegmentInput', {
  description: 'A new segment.',
  fields: (t) => ({
    ...namedFields(t),
    rule: t.string({ required: true, description: 'Who is in it; see `segmentLanguage`.' }),
  }),
});

builder.mutationField('createSegment', (t) =>
  t.field({
    type: payload('CreateSegmentPayload', 'A segment was created and its members found.'),
    description: 'Saves a segment and finds its members.',
    errors: {
      types: [InvalidInputError, SegmentRuleError, SegmentKeyTakenError, SegmentCycleError],
      directResult: true,
    },
    args: { input: t.arg({ type: CreateSegmentInput, required: true, description: 'The segment.' }) },
    resolve: async (_, { input }, context) => fresh(context, await createSegment(context.app, input)),
  }),
);

const UpdateSegmentInput = builder.inputType('UpdateSegmentInput', {
  description: 'Changes of a segment. A field left out keeps its value.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Global id as in `Segment.id`, or the plain UUID.' }),
    name: t.string({ description: 'Name for people, 1 to 200 characters.' }),
    description: t.string({ description: 'What it is for, at most 2,000 characters; null clears it.' }),
    rule: t.string({ description: 'A new rule. Who stays in keeps the time of entering.' }),
  }),
});

builder.mutationField('updateSegment', (t) =>
  t.field({
    type: payload('UpdateSegmentPayload', 'A segment was changed, and with its rule its members.'),
    description: 'Changes a live segment.',
    errors: {
      types: [InvalidInputError, NotFoundError, SegmentRuleError, SegmentCycleError],
      directResult: true,
    },
    args: { input: t.arg({ type: UpdateSegmentInput, required: true, description: 'The changes.' }) },
    resolve: async (_, { input: { id, ...changes } }, context) =>
      fresh(context, await updateSegment(context.app, readSegmentId(id), changes)),
  }),
);

const DuplicateSegmentInput = builder.inputType('DuplicateSegmentInput', {
  description: 'A segment to copy, and what to call the copy.',
  fields: (t) => ({
    id: t.id({
      required: true,
      description: 'Global id as in `Segment.id`, or the plain UUID; archived ones may be copied.',
    }),
    key: t.string({ required: true, description: 'Key of the copy, as in `CreateSegmentInput`.' }),
    name: t.string({ description: 'Name of the copy; that of the original unless said.' }),
  }),
});

builder.mutationField('duplicateSegment', (t) =>
  t.field({
    type: payload('DuplicateSegmentPayload', 'A segment was copied, and the members of the copy found.'),
    description: 'Saves a segment with the rule and description of another.',
    errors: {
      types: [InvalidInputError, NotFoundError, SegmentRuleError, SegmentKeyTakenError, SegmentCycleError],
      directResult: true,
    },
    args: { input: t.arg({ type: DuplicateSegmentInput, required: true, description: 'What to copy.' }) },
    resolve: async (_, { input: { id, ...copy } }, context) =>
      fresh(context, await duplicateSegment(context.app, readSegmentId(id), copy)),
  }),
);

const ArchiveSegmentInput = builder.inputType('ArchiveSegmentInput', {
  description: 'Which segment to end.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Global id as in `Segment.id`, or the plain UUID.' }),
  }),
});

builder.mutationField('archiveSegment', (t) =>
  t.field({
    type: payload('ArchiveSegmentPayload', 'A segment was ended.'),
    description: 'Ends a segment: it has no members and is in no list. Its key stays taken.',
    errors: { types: [InvalidInputError, NotFoundError, SegmentInUseError], directResult: true },
    args: { input: t.arg({ type: ArchiveSegmentInput, required: true, description: 'Which one.' }) },
    resolve: async (_, { input }, context) =>
      fresh(context, await archiveSegment(context.app, readSegmentId(input.id))),
  }),
);

/** Nothing that was read before the change in this request is answered after it. */
function fresh(context: RequestContext, row: SegmentRow): SegmentRow {
  segmentById(context).clear(row.id);
  sizeBySegment(context).clearAll();
  return row;
}
