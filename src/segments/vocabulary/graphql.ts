/** The rule language in the schema: errors with their place, preview, reference and completions. No SQL. */
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
  length: 'Length of the marked stretch in UTF-16 code units; 0 at the end of the rule.',
  expected: 'What could stand here, as it would be typed.',
  suggestion: 'Text to put in place of the marked stretch, such as the right spelling of a name.',
};

const RuleProblem = builder.objectRef<RuleError>('RuleProblem').implement({
  description: 'One place of a rule that cannot be used.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What was expected and what came.' }),
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
  description: 'A rule cannot be used. Its own place is that of the first problem.',
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
      description: 'Every place that cannot be used, in the order of the text.',
    }),
  }),
});

function firstProblem({ problems }: SegmentRuleError): RuleError {
  return problems[0]!;
}

const SegmentPreview = builder.objectRef<SegmentPreviewRow>('SegmentPreview').implement({
  description: 'The customers that a rule matches now.',
  fields: (t) => ({
    rule: t.exposeString('rule', { description: 'The rule as the language prints it.' }),
    size: t.exposeInt('size', { description: 'Number of customers who follow the rule.' }),
    share: t.float({
      description: 'Share of all customers, 0 to 1; 0 where there are none.',
      resolve: ({ size, population }) => (population === 0 ? 0 : size / population),
    }),
    sample: t.field({
      type: [Customer],
      description: 'The first few of them by id, at most 10.',
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
    description: 'Tries a rule without saving it.',
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
      name: t.string({ description: 'As it stands in a rule.', resolve: (row) => row.name }),
      type: t.string({
        description: '`number`, `money`, `string`, `boolean`, `date` or `list` (of strings).',
        resolve: (row) => row.type,
      }),
      description: t.string({ description: 'What it means.', resolve: (row) => row.description }),
      operators: t.stringList({ description: 'Operators that take it.', resolve: (row) => row.operators }),
      unit: t.string({ nullable: true, description: 'Such as `days`.', resolve: (row) => row.unit }),
      minimum: t.float({
        nullable: true,
        description: 'Least that may be written.',
        resolve: (row) => row.minimum,
      }),
      maximum: t.float({
        nullable: true,
        description: 'Most that may be written.',
        resolve: (row) => row.maximum,
      }),
      values: t.stringList({
        description: 'All values that may be written; empty where any may.',
        resolve: (row) => row.values,
      }),
      examples: t.stringList({ description: 'Some values.', resolve: (row) => row.examples }),
    }),
  });
}

const unavailableDescription = 'Why it cannot be used yet; null where it can.';

const RuleAttribute = describeValue<NamedValue>(
  'RuleAttribute',
  'Something that a rule may ask of a customer.',
);
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
    description: 'How it looks at all events together, such as `sum`; null for a filter of single events.',
  }),
);

const RuleFunction = builder.objectRef<FunctionReference>('RuleFunction').implement({
  description: 'Events that a rule may ask for: `orders_placed MATCHES (count >= 3)`.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As it stands in a rule.' }),
    description: t.exposeString('description', { description: 'Which events it sees.' }),
    parameters: t.expose('parameters', {
      type: [RuleParameter],
      description: 'What may stand in its parentheses.',
    }),
    unavailable: t.exposeString('unavailable', { nullable: true, description: unavailableDescription }),
  }),
});

const RuleGroup = builder.objectRef<GroupReference>('RuleGroup').implement({
  description: "Something that customers are in: `IN SEGMENT 'champions'`.",
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As it stands in a rule.' }),
    description: t.exposeString('description', { description: 'Rule that selects the members.' }),
    hasHistory: t.exposeBoolean('hasHistory', { description: 'Whether ENTERED and LEFT may be asked.' }),
    unavailable: t.exposeString('unavailable', { nullable: true, description: unavailableDescription }),
  }),
});

const RuleOperator = builder.objectRef<OperatorReference>('RuleOperator').implement({
  description: 'A word or sign of the language.',
  fields: (t) => ({
    operator: t.exposeString('operator', { description: 'As it stands in a rule.' }),
    description: t.exposeString('description', { description: 'What it means.' }),
    example: t.exposeString('example', { description: 'A rule with it.' }),
    assumes: t.string({
      nullable: true,
      description: 'What must be there for the example to be a rule; null where it is one in any database.',
      resolve: ({ assumes }) => assumes ?? null,
    }),
  }),
});

const RuleCompletion = builder.objectRef<Completion>('RuleCompletion').implement({
  description: 'Something that could stand at the cursor.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'To put in place of the stretch.' }),
    kind: t.exposeString('kind', {
      description: '`attribute`, `function`, `parameter`, `group`, `operator`, `keyword` or `value`.',
    }),
    description: t.string({
      nullable: true,
      description: 'What it means.',
      resolve: ({ description }) => description ?? null,
    }),
  }),
});

const RuleCompletions = builder.objectRef<Completions>('RuleCompletions').implement({
  description: 'What could stand at the cursor, and the stretch of text that it replaces.',
  fields: (t) => ({
    from: t.exposeInt('from', { description: 'Start of the stretch, in UTF-16 code units from 0.' }),
    to: t.exposeInt('to', { description: 'End of the stretch: the cursor.' }),
    items: t.expose('items', { type: [RuleCompletion], description: 'What could stand here.' }),
  }),
});

const RuleNote = builder.objectRef<LanguageReference['notes'][number]>('RuleNote').implement({
  description: 'A rule of meaning.',
  fields: (t) => ({
    topic: t.exposeString('topic', { description: 'What it is about.' }),
    text: t.exposeString('text', { description: 'The rule of meaning itself.' }),
  }),
});

const SegmentLanguage = builder.objectRef<LanguageReference>('SegmentLanguage').implement({
  description: 'The rule language of segments, for editors.',
  fields: (t) => ({
    attributes: t.expose('attributes', {
      type: [RuleAttribute],
      description: 'What may be asked of a customer.',
    }),
    functions: t.expose('functions', { type: [RuleFunction], description: 'Events that may be asked for.' }),
    groups: t.expose('groups', { type: [RuleGroup], description: 'What a customer may be in.' }),
    operators: t.expose('operators', {
      type: [RuleOperator],
      description: 'Words and signs, with examples.',
    }),
    grammar: t.exposeString('grammar', {
      description: 'What may stand where, in extended BNF, one production a line, the whole rule first.',
    }),
    precedence: t.exposeStringList('precedence', { description: 'Tightest first.' }),
    notes: t.expose('notes', { type: [RuleNote], description: 'Rules of meaning, such as that for null.' }),
    limits: t.expose('limits', { type: 'JSON', description: 'Bounds of a rule by name.' }),
    completions: t.field({
      type: RuleCompletions,
      description:
        'What could stand at the cursor. With the scope `customers:read` real values are among it: those that the customers created last have, most frequent first, at most 20.',
      args: {
        text: t.arg.string({ required: true, description: 'The rule so far.' }),
        offset: t.arg.int({
          description: 'The cursor, in UTF-16 code units from 0; the end of the text unless said.',
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
    description: 'What rules may say: names, operators with examples, completions.',
    resolve: () => describeLanguage(ruleLanguage()),
  }),
);
