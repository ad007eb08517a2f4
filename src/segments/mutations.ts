/** Changes of segments in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { ErrorInterface } from '#graphql/errors.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import type { RequestContext } from '#platform/request.ts';

import {
  archiveInput,
  changeFields,
  defineInUseError,
  defineKeyTakenError,
  duplicateInput,
  namedFields,
} from '#named-resources/graphql.ts';
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
    rule: t.string({ required: true, description: 'Rule that selects the members; see `segmentLanguage`.' }),
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
    ...changeFields(t, 'Segment'),
    rule: t.string({ description: 'A new rule. Customers who remain members keep their time of entering.' }),
  }),
});

builder.mutationField('updateSegment', (t) =>
  t.field({
    type: payload('UpdateSegmentPayload', 'A segment was changed, and with its rule its members.'),
    description: 'Changes an active segment.',
    errors: {
      types: [InvalidInputError, NotFoundError, SegmentRuleError, SegmentCycleError],
      directResult: true,
    },
    args: { input: t.arg({ type: UpdateSegmentInput, required: true, description: 'The changes.' }) },
    resolve: async (_, { input: { id, ...changes } }, context) =>
      fresh(context, await updateSegment(context.app, readSegmentId(id), changes)),
  }),
);

builder.mutationField('duplicateSegment', (t) =>
  t.field({
    type: payload('DuplicateSegmentPayload', 'A segment was copied, and the members of the copy found.'),
    description: 'Saves a segment with the rule and description of another.',
    errors: {
      types: [InvalidInputError, NotFoundError, SegmentRuleError, SegmentKeyTakenError, SegmentCycleError],
      directResult: true,
    },
    args: {
      input: t.arg({
        type: duplicateInput('Segment', 'segment'),
        required: true,
        description: 'The segment.',
      }),
    },
    resolve: async (_, { input: { id, ...copy } }, context) =>
      fresh(context, await duplicateSegment(context.app, readSegmentId(id), copy)),
  }),
);

builder.mutationField('archiveSegment', (t) =>
  t.field({
    type: payload('ArchiveSegmentPayload', 'A segment was archived.'),
    description: 'Archives a segment: it has no members, and its key stays taken. Idempotent.',
    errors: { types: [InvalidInputError, NotFoundError, SegmentInUseError], directResult: true },
    args: {
      input: t.arg({ type: archiveInput('Segment', 'segment'), required: true, description: 'The segment.' }),
    },
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
