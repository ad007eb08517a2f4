/** Changes of segments in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { ErrorInterface } from '#graphql/errors.ts';
import { changeFields, defineInUseError, namedFields } from '#named-resources/graphql.ts';
import { namedMutations } from '#named-resources/mutations.ts';

import { SegmentCycleError, SegmentInUseError, SegmentKeyTakenError, SegmentRuleError } from './errors.ts';
import { namedSegment } from './graphql.ts';
import { archiveSegment, createSegment, duplicateSegment, updateSegment } from './service.ts';

builder.objectType(SegmentCycleError, {
  name: 'SegmentCycleError',
  description: 'Rules of segments would form a cycle.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    path: t.exposeStringList('path', { description: 'Keys along the cycle; the first is also the last.' }),
  }),
});

defineInUseError(SegmentInUseError, 'Rules of other segments refer to this one.');

const mutations = namedMutations(namedSegment, SegmentKeyTakenError);

const CreateSegmentInput = builder.inputType('CreateSegmentInput', {
  description: 'A new segment.',
  fields: (t) => ({
    ...namedFields(t),
    rule: t.string({ required: true, description: 'Rule that selects the members; see `segmentLanguage`.' }),
  }),
});

mutations.create({
  description: 'Saves a segment and evaluates its members.',
  done: 'A segment was created and its members evaluated.',
  errors: [SegmentRuleError, SegmentCycleError],
  input: CreateSegmentInput,
  resolve: (input, { app }) => createSegment(app, input),
});

const UpdateSegmentInput = builder.inputType('UpdateSegmentInput', {
  description: 'Changes of a segment. A field left out keeps its value.',
  fields: (t) => ({
    ...changeFields(t, 'Segment'),
    rule: t.string({ description: 'A new rule. Customers who remain members keep their time of entry.' }),
  }),
});

mutations.update({
  description: 'Changes an active segment.',
  done: 'A segment was changed, and its members follow its rule.',
  errors: [SegmentRuleError, SegmentCycleError],
  input: UpdateSegmentInput,
  resolve: (id, changes, { app }) => updateSegment(app, id, changes),
});

mutations.duplicate({
  description: 'Saves a copy of a segment with its rule and description.',
  done: 'A segment was copied, and the members of the copy evaluated.',
  errors: [SegmentRuleError, SegmentCycleError],
  resolve: (id, copy, { app }) => duplicateSegment(app, id, copy),
});

mutations.archive({
  description: 'Archives a segment: it has no members, and its key stays taken. Idempotent.',
  done: 'A segment was archived.',
  errors: [SegmentInUseError],
  resolve: (id, { app }) => archiveSegment(app, id),
});
