/** The rule language in the schema: positioned errors, preview, reference and completions. No SQL. */
import { Customer } from '#customers/graphql.ts';
import { customerById } from '#customers/loaders.ts';
import type { CustomerRow } from '#customers/queries.ts';
import { builder } from '#graphql/builder.ts';
import { ErrorInterface } from '#graphql/errors.ts';
import { hasScope } from '#platform/auth/viewer.ts';

import { SegmentRuleError } from '../errors.ts';
import { type Completion, completeRule, type Completions } from '#rule-language/editor/complete.ts';
import type { RuleError } from '#rule-language/syntax/errors.ts';
import {
  describeLanguage,
  type FunctionReference,
  type GroupReference,
  type LanguageReference,
  type NamedValue,
  type OperatorReference,
  type ParameterReference,
} from '#rule-language/editor/reference.ts';
import { previewSegment, type SegmentPreviewRow } from './preview.ts';
import { ruleLanguage } from './registry.ts';
import { completeWithValues } from './value-suggestions.ts';

const place = {
  offset: 'Where it starts in the rule, in UTF-16 code units from 0.',
  line: 'Line, from 1.',
  column: 'Column in UTF-16 code units, from 1.',
  length: 'Length of the marked text in UTF-16 code units; 0 at the end of the rule.',
  expected: 'Valid texts at this position, as typed.',
  suggestion: 'Replacement for the marked text, such as the right spelling of a name.',
};

const RuleProblem = builder.objectRef<RuleError>('RuleProblem').implement({
  description: 'An error in a rule with its position.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'The expected and the actual input.' }),
    offset: t.exposeInt('offset', { description: place.offset }),
    line: t.exposeInt('line', { description: place.line }),
    column: t.exposeInt('column', { description: place.column }),
    length: t.exposeInt('length', { description: place.length }),
    expected: t.exposeStringList('expected', { description: place.expected }),
    suggestion: t.string({
      nullable: true,
      description: place.suggestion,
      resolve: ({ suggestion }) => suggestion ?? null,
    }),
  }),
});

builder.objectType(SegmentRuleError, {
  name: 'SegmentRuleError',
  description: 'A rule is invalid. Its own position is that of the first problem.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    offset: t.int({ description: place.offset, resolve: (error) => firstProblem(error).offset }),
    line: t.int({ description: place.line, resolve: (error) => firstProblem(error).line }),
    column: t.int({ description: place.column, resolve: (error) => firstProblem(error).column }),
    length: t.int({ description: place.length, resolve: (error) => firstProblem(error).length }),
    expected: t.stringList({
      description: place.expected,
      resolve: (error) => firstProblem(error).expected,
    }),
    suggestion: t.string({
      nullable: true,
      description: place.suggestion,
      resolve: (error) => firstProblem(error).suggestion ?? null,
    }),
    problems: t.expose('problems', {
      type: [RuleProblem],
      description: 'Every error, in the order of the text.',
    }),
  }),
});

function firstProblem({ problems }: SegmentRuleError): RuleError {
  return problems[0]!;
}

const SegmentPreview = builder.objectRef<SegmentPreviewRow>('SegmentPreview').implement({
  description: 'The customers who match a rule now.',
  fields: (t) => ({
    rule: t.exposeString('rule', { description: 'Canonical text of the rule.' }),
    size: t.exposeInt('size', { description: 'Number of customers who match the rule.' }),
    share: t.float({
      description: 'Share of all customers, 0 to 1; 0 where there are none.',
      resolve: ({ size, population }) => (population === 0 ? 0 : size / population),
    }),
    sample: t.field({
      type: [Customer],
      description: 'The first matching customers by id, at most 10.',
      resolve: async ({ sampleIds }, _, context) => {
        const rows = await customerById(context).loadMany(sampleIds);
        return rows.filter((row): row is CustomerRow => row !== null && !(row instanceof Error));
      },
    }),
  }),
});

builder.queryField('segmentPreview', (t) =>
  t.field({
    type: SegmentPreview,
    description: 'Evaluates a rule without saving it.',
    errors: { types: [SegmentRuleError], directResult: true },
    args: { rule: t.arg.string({ required: true, description: 'A rule; see `segmentLanguage`.' }) },
    resolve: (_, { rule }, { db, now }) => previewSegment(db, rule, now),
  }),
);

function describeValue<Row extends Omit<NamedValue, 'unavailable'>>(name: string, description: string) {
  const ref = builder.objectRef<Row>(name);
  return ref.implement({
    description,
    fields: (t) => ({
      name: t.string({ description: 'As written in a rule.', resolve: (row) => row.name }),
      type: t.string({
        description: '`number`, `money`, `string`, `boolean`, `date` or `list` (of strings).',
        resolve: (row) => row.type,
      }),
      description: t.string({ description: 'Meaning.', resolve: (row) => row.description }),
      operators: t.stringList({ description: 'Operators for it.', resolve: (row) => row.operators }),
      unit: t.string({ nullable: true, description: 'Such as `days`.', resolve: (row) => row.unit }),
      minimum: t.float({
        nullable: true,
        description: 'Minimum of literals.',
        resolve: (row) => row.minimum,
      }),
      maximum: t.float({
        nullable: true,
        description: 'Maximum of literals.',
        resolve: (row) => row.maximum,
      }),
      values: t.stringList({
        description: 'All valid values; empty where any is valid.',
        resolve: (row) => row.values,
      }),
      examples: t.stringList({ description: 'Some values.', resolve: (row) => row.examples }),
    }),
  });
}

const unavailableDescription = 'Why it is unavailable; null where it is available.';

const RuleAttribute = describeValue<NamedValue>('RuleAttribute', 'An attribute of customers in rules.');
builder.objectField(RuleAttribute, 'unavailable', (t) =>
  t.exposeString('unavailable', { nullable: true, description: unavailableDescription }),
);

const RuleParameter = describeValue<ParameterReference>(
  'RuleParameter',
  'A condition inside the parentheses of a function.',
);
builder.objectField(RuleParameter, 'aggregate', (t) =>
  t.exposeString('aggregate', {
    nullable: true,
    description: 'How it aggregates all events, such as `sum`; null for a filter of single events.',
  }),
);

const RuleFunction = builder.objectRef<FunctionReference>('RuleFunction').implement({
  description: 'Events in rules: `orders_placed MATCHES (count >= 3)`.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As written in a rule.' }),
    description: t.exposeString('description', { description: 'The events that it covers.' }),
    parameters: t.expose('parameters', {
      type: [RuleParameter],
      description: 'Parameters in its parentheses.',
    }),
    unavailable: t.exposeString('unavailable', { nullable: true, description: unavailableDescription }),
  }),
});

const RuleGroup = builder.objectRef<GroupReference>('RuleGroup').implement({
  description: "A kind of group in rules: `IN SEGMENT 'champions'`.",
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As written in a rule.' }),
    description: t.exposeString('description', { description: 'Rule that selects the members.' }),
    hasHistory: t.exposeBoolean('hasHistory', { description: 'Whether ENTERED and LEFT are available.' }),
    unavailable: t.exposeString('unavailable', { nullable: true, description: unavailableDescription }),
  }),
});

const RuleOperator = builder.objectRef<OperatorReference>('RuleOperator').implement({
  description: 'An operator or keyword of the language.',
  fields: (t) => ({
    operator: t.exposeString('operator', { description: 'As written in a rule.' }),
    description: t.exposeString('description', { description: 'Meaning.' }),
    example: t.exposeString('example', { description: 'An example rule.' }),
    assumes: t.string({
      nullable: true,
      description: 'Data that the example needs to be valid; null where it is always valid.',
      resolve: ({ assumes }) => assumes ?? null,
    }),
  }),
});

const RuleCompletion = builder.objectRef<Completion>('RuleCompletion').implement({
  description: 'A completion at the cursor.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'Replacement text.' }),
    kind: t.exposeString('kind', {
      description: '`attribute`, `function`, `parameter`, `group`, `operator`, `keyword` or `value`.',
    }),
    description: t.string({
      nullable: true,
      description: 'Meaning.',
      resolve: ({ description }) => description ?? null,
    }),
  }),
});

const RuleCompletions = builder.objectRef<Completions>('RuleCompletions').implement({
  description: 'Completions at the cursor, and the text that they replace.',
  fields: (t) => ({
    from: t.exposeInt('from', { description: 'Start of the replaced text, in UTF-16 code units from 0.' }),
    to: t.exposeInt('to', { description: 'End of the replaced text: the cursor.' }),
    items: t.expose('items', { type: [RuleCompletion], description: 'The completions.' }),
  }),
});

const RuleNote = builder.objectRef<LanguageReference['notes'][number]>('RuleNote').implement({
  description: 'A rule of semantics.',
  fields: (t) => ({
    topic: t.exposeString('topic', { description: 'Its topic.' }),
    text: t.exposeString('text', { description: 'The rule itself.' }),
  }),
});

const SegmentLanguage = builder.objectRef<LanguageReference>('SegmentLanguage').implement({
  description: 'The rule language of segments, for editors.',
  fields: (t) => ({
    attributes: t.expose('attributes', {
      type: [RuleAttribute],
      description: 'Attributes of customers.',
    }),
    functions: t.expose('functions', { type: [RuleFunction], description: 'Event functions.' }),
    groups: t.expose('groups', { type: [RuleGroup], description: 'Kinds of groups.' }),
    operators: t.expose('operators', {
      type: [RuleOperator],
      description: 'Operators and keywords, with examples.',
    }),
    grammar: t.exposeString('grammar', {
      description: 'Grammar in extended BNF, one production a line, the rule first.',
    }),
    precedence: t.exposeStringList('precedence', { description: 'Highest precedence first.' }),
    notes: t.expose('notes', { type: [RuleNote], description: 'Semantics, such as that of null.' }),
    limits: t.expose('limits', { type: 'JSON', description: 'Limits of a rule by name.' }),
    completions: t.field({
      type: RuleCompletions,
      description:
        'Completions at the cursor. With the scope `customers:read` they include data values: those of the most recently created customers, most frequent first, at most 20.',
      args: {
        text: t.arg.string({ required: true, description: 'The rule so far.' }),
        offset: t.arg.int({
          description: 'The cursor, in UTF-16 code units from 0; the end of the text by default.',
        }),
      },
      resolve: (_, { text, offset }, { db, viewer }) => {
        const at = offset ?? text.length;
        if (hasScope(viewer, 'customers:read')) return completeWithValues(db, text, at, viewer);
        return completeRule(text, at, ruleLanguage());
      },
    }),
  }),
});

builder.queryField('segmentLanguage', (t) =>
  t.field({
    type: SegmentLanguage,
    description: 'The rule language: names, operators with examples, completions.',
    resolve: () => describeLanguage(ruleLanguage()),
  }),
);
