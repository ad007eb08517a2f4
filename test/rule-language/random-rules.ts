/** Random rules that fit the shop's language, as trees: every clause, operator and literal of the grammar comes up. */
import * as fc from 'fast-check';

import type { AttributeDefinition } from '#rule-language/check/definitions.ts';
import type { EventFunction, EventParameter } from '#rule-language/check/language.ts';
import { ownName } from '#rule-language/check/own-names.ts';
import type {
  DateForm,
  DateLiteral,
  Duration,
  EventCondition,
  Literal,
  Operand,
  Predicate,
  Rule,
  StringLiteral,
  Subject,
} from '#rule-language/syntax/tree.ts';
import { shopAttributes, shopLanguage } from './shop-language.ts';

export const words = ['GB', 'gb', 'FR', "O'Neil", 'naïve 🛒', '50%_a\\b', 'vip', 'web', 'new', ''] as const;
const patterns = ['^[A-Z]{2}$', 'b|ei', '^\\w+', '(ne|w)+$', '[^a-z]', '\\d%_', 'e.?b'] as const;
export const zones = ['UTC', 'UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Auckland'] as const;
export const keys = ['vip', 'churn-risk', "it's"] as const;

const string = fc.constantFrom(...words).map((value): StringLiteral => ({ kind: 'string', value }));
const number = fc
  .oneof(
    fc.integer({ min: 0, max: 6 }),
    fc.integer({ min: -400, max: 4000 }).map((cents) => cents / 100),
  )
  .map((value): Literal => ({ kind: 'number', value: value + 0 }));
const negated = fc.boolean();

function oneOfForms(): fc.Arbitrary<DateForm> {
  const near = {
    min: new Date('2024-02-21T00:00:00Z'),
    max: new Date('2024-03-05T00:00:00Z'),
    noInvalidDate: true,
  };
  const far = {
    min: new Date('2023-12-01T00:00:00Z'),
    max: new Date('2024-05-01T00:00:00Z'),
    noInvalidDate: true,
  };
  const day = fc.oneof(fc.date(near), fc.date(far)).map((date) => date.toISOString());
  const absolute = (text: fc.Arbitrary<string>): fc.Arbitrary<DateForm> =>
    text.map((text) => ({ kind: 'absolute', text }));
  return fc.oneof(
    absolute(day.map((iso) => iso.slice(0, 10))),
    absolute(day.map((iso) => iso.slice(0, 7))),
    absolute(day.map((iso) => iso.slice(0, 16))),
    absolute(day.map((iso) => `${iso.slice(0, 19)}Z`)),
    absolute(day.map((iso) => `${iso.slice(0, 23)}+05:30`)),
    fc.record({
      kind: fc.constant('relative' as const),
      amount: fc.oneof(fc.integer({ min: -8, max: 4 }), fc.integer({ min: -60, max: 20 })),
      unit: fc.constantFrom('h', 'd', 'w', 'm', 'y'),
    }),
    fc.record({
      kind: fc.constant('named' as const),
      name: fc.constantFrom('today', 'yesterday', 'tomorrow', 'now'),
    }),
    fc.record({
      kind: fc.constant('calendar' as const),
      which: fc.constantFrom('last', 'this', 'next'),
      unit: fc.constantFrom('week', 'month', 'quarter', 'year'),
    }),
  );
}

export const date = fc.record({
  kind: fc.constant('date' as const),
  form: oneOfForms(),
  zone: fc.option(fc.constantFrom(...zones), { freq: 5 }),
}) satisfies fc.Arbitrary<DateLiteral>;

const literals = {
  number,
  money: number,
  string,
  date,
  boolean: fc.boolean().map((value): Literal => ({ kind: 'boolean', value })),
};

interface Tested {
  readonly type: AttributeDefinition['type'] | 'any';
  /** Two own attributes are compared as numbers alone. */
  readonly isOwn?: boolean;
  readonly values?: readonly string[] | undefined;
  readonly range?: { readonly minimum?: number; readonly maximum?: number } | undefined;
}

/** Predicates that the checker admits for a value. */
function predicatesOf({ type, values, range, isOwn = false }: Tested): fc.Arbitrary<Predicate> {
  const strings = fc.array(string, { minLength: 1, maxLength: 3 });
  const isNull = negated.map((negated): Predicate => ({ kind: 'null', negated }));
  if (type === 'any') {
    const contains = fc.record({
      kind: fc.constant('text' as const),
      operator: fc.constant('contains' as const),
      value: string,
      negated,
    });
    return fc.oneof(isNull, contains);
  }
  if (type === 'list') {
    return fc.oneof(
      isNull,
      fc.record({
        kind: fc.constant('text' as const),
        operator: fc.constant('contains' as const),
        value: string,
        negated,
      }),
      fc.record({
        kind: fc.constant('has' as const),
        quantifier: fc.constantFrom('any', 'all'),
        values: strings,
        negated,
      }),
    );
  }
  const known = values?.map((value): Literal => ({ kind: 'string', value }));
  const bounded = ({ value }: Literal & { kind: 'number' }): Literal => ({
    kind: 'number',
    value: Math.min(range?.maximum ?? Infinity, Math.max(range?.minimum ?? -Infinity, value)),
  });
  const literal: fc.Arbitrary<Literal> =
    known !== undefined
      ? fc.constantFrom(...known)
      : type === 'number' || type === 'money'
        ? number.map((literal) => bounded(literal as Literal & { kind: 'number' }))
        : literals[type];
  const comparable = [...shopLanguage.attributes.values()].filter(
    (other) => other.unavailable === undefined && asNumber(other.type) === asNumber(type),
  );
  const operand: fc.Arbitrary<Operand> =
    comparable.length === 0
      ? literal
      : fc.oneof(
          { weight: 4, arbitrary: literal },
          {
            weight: 1,
            arbitrary: fc.constantFrom(
              ...comparable.map(({ name }): Operand => ({ kind: 'attribute', name })),
              ...(isOwn && asNumber(type) !== 'number' ? [] : ownOperands(type)),
            ),
          },
        );
  const isOrdered = type === 'number' || type === 'money' || type === 'date';
  const compare = fc.record({
    kind: fc.constant('compare' as const),
    operator: isOrdered ? fc.constantFrom('=', '!=', '<', '<=', '>', '>=') : fc.constantFrom('=', '!='),
    value: operand,
  }) as fc.Arbitrary<Predicate>;
  if (type === 'boolean') return fc.oneof(isNull, compare);
  const isIn = fc.record({
    kind: fc.constant('in' as const),
    values: fc.array(literal, { minLength: 1, maxLength: 4 }),
    negated,
  });
  if (type === 'string') {
    const search = fc.record({
      kind: fc.constant('text' as const),
      operator: fc.constantFrom('contains', 'starts_with', 'ends_with'),
      value: string,
      negated,
    });
    const regex = fc.record({
      kind: fc.constant('text' as const),
      operator: fc.constant('matches_regex' as const),
      value: fc.constantFrom(...patterns).map((value): StringLiteral => ({ kind: 'string', value })),
      negated,
    });
    return fc.oneof(isNull, compare, isIn, search, regex);
  }
  const between = fc
    .record({ kind: fc.constant('between' as const), low: operand, high: operand, negated })
    .filter(({ low, high }) => !(low.kind === 'number' && high.kind === 'number' && low.value > high.value));
  const numeric = fc.oneof(isNull, compare, isIn, between);
  if (type !== 'date') return numeric;
  const anniversary = fc.record({
    kind: fc.constant('anniversary' as const),
    direction: fc.constantFrom('next', 'last'),
    period: fc.constantFrom<Duration>(
      { amount: 0, unit: 'd' },
      { amount: 45, unit: 'd' },
      { amount: 6, unit: 'w' },
      { amount: 5, unit: 'm' },
      { amount: 1, unit: 'y' },
    ),
    negated,
  });
  return fc.oneof({ weight: 4, arbitrary: numeric }, { weight: 1, arbitrary: anniversary });
}

/** Of those that the reader takes as this type. */
function ownOperands(type: string): Operand[] {
  return shopAttributes
    .filter((attribute) => attribute.type === asNumber(type as AttributeDefinition['type']))
    .map(({ key, type }) => ({ kind: 'attribute', name: ownName(key), own: { key, type: type! } }));
}

function asNumber(type: AttributeDefinition['type']): string {
  return type === 'money' ? 'number' : type;
}

/** Own attributes by the name and type that the reader gives them; of a mixed one any type. */
const ownReferences = shopAttributes.flatMap(({ key, type, seenTypes }) =>
  seenTypes.map((seen) => ({
    type: seen,
    isMixed: type === null,
    subject: { kind: 'attribute', name: ownName(key), own: { key, type: seen } } satisfies Subject,
  })),
);
const ownTests = ownReferences.map(({ type, isMixed, subject }) =>
  predicatesOf({ type, isOwn: true })
    .filter((predicate) => !isMixed || tellsType(predicate))
    .map((predicate): Rule => ({ kind: 'test', subject, predicate })),
);

/** The others are asked of a mixed value whatever its type. */
function tellsType(predicate: Predicate): boolean {
  return predicate.kind !== 'null' && !(predicate.kind === 'text' && predicate.operator === 'contains');
}

const tests: fc.Arbitrary<Rule> = fc.oneof(
  ...ownTests,
  testOf(
    { kind: 'length', name: ownName("add'ons {now} $1"), own: { key: "add'ons {now} $1", type: 'list' } },
    { type: 'number', range: { minimum: 0 } },
  ),
  testOf({ kind: 'attribute', name: 'attribute.mixed', own: { key: 'mixed', type: 'any' } }, { type: 'any' }),
  ...[...shopLanguage.attributes.values()]
    .filter(({ unavailable }) => unavailable === undefined)
    .map((attribute) => testOf({ kind: 'attribute', name: attribute.name }, attribute)),
  testOf({ kind: 'length', name: 'customer_tags' }, { type: 'number', range: { minimum: 0 } }),
  testOf({ kind: 'bucket', salt: "spring's" }, { type: 'number', range: { minimum: 0, maximum: 100 } }),
  testOf({ kind: 'distance', latitude: 51.5, longitude: -0.12 }, { type: 'number', range: { minimum: 0 } }),
);

function testOf(subject: Subject, tested: Tested): fc.Arbitrary<Rule> {
  return predicatesOf(tested).map((predicate): Rule => ({ kind: 'test', subject, predicate }));
}

function conditionsOf(source: EventFunction, mayAggregate: boolean): fc.Arbitrary<EventCondition[]> {
  const parameters = [...source.parameters.values()].filter(
    ({ aggregate }) => mayAggregate || aggregate === null,
  );
  return fc.array(fc.oneof(...parameters.map(conditionOn)), { maxLength: 3 });
}

function conditionOn({ name, type, aggregate, property }: EventParameter): fc.Arbitrary<EventCondition> {
  const isCount = aggregate === 'count' || aggregate === 'distinct';
  const tested = isCount ? { type, range: { minimum: 0 } } : { type, values: property?.values };
  return predicatesOf(tested).map((predicate): EventCondition => ({ parameter: name, predicate }));
}

const sources = [...shopLanguage.functions.values()];
const events: fc.Arbitrary<Rule> = fc.oneof(
  ...sources.map((source) =>
    fc.record({
      kind: fc.constant('event' as const),
      function: fc.constant(source.name),
      conditions: conditionsOf(source, true),
      negated,
    }),
  ),
);

const anyCount: EventCondition = {
  parameter: 'count',
  predicate: { kind: 'compare', operator: '>=', value: { kind: 'number', value: 0 } },
};
/** Whether a customer without an event fits is up to one aggregate. */
export const eventsOrNone: fc.Arbitrary<Rule> = fc.oneof(
  ...sources.flatMap((source) =>
    [...source.parameters.values()]
      .filter(({ aggregate }) => aggregate !== null)
      .map((parameter) =>
        fc.record({
          kind: fc.constant('event' as const),
          function: fc.constant(source.name),
          conditions: conditionOn(parameter).map((condition) => [anyCount, condition]),
          negated,
        }),
      ),
  ),
);

const sequenceEvent = fc.oneof(
  ...sources.map((source) =>
    fc.record({
      function: fc.constant(source.name),
      conditions: fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: conditionsOf(source, false) },
      ),
    }),
  ),
);
const sequences: fc.Arbitrary<Rule> = fc
  .record({
    first: sequenceEvent,
    steps: fc.array(
      fc.record({
        event: sequenceEvent,
        within: fc.option(
          fc.constantFrom<Duration>(
            { amount: 12, unit: 'h' },
            { amount: 7, unit: 'd' },
            { amount: 2, unit: 'w' },
          ),
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    lastNegated: fc.boolean(),
  })
  .map(({ first, steps, lastNegated }): Rule => ({
    kind: 'sequence',
    first,
    steps: steps.map(({ event, within }, index) => ({
      ...event,
      within,
      negated: lastNegated && index === steps.length - 1,
    })),
  }));

const period = fc.option(
  fc.record({ amount: fc.integer({ min: 0, max: 40 }), unit: fc.constantFrom('h', 'd', 'w', 'm', 'y') }),
) satisfies fc.Arbitrary<Duration | null>;
const memberships: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({
    kind: fc.constant('membership' as const),
    change: fc.constantFrom('in', 'entered', 'left'),
    group: fc.constant('segment'),
    key: fc.constantFrom(...keys),
    period,
  }),
  fc.record({
    kind: fc.constant('membership' as const),
    change: fc.constant('in' as const),
    group: fc.constant('list'),
    key: fc.constantFrom(...keys),
    period,
  }),
);

export const clauses: fc.Arbitrary<Rule> = fc.oneof(
  { weight: 5, arbitrary: tests },
  { weight: 5, arbitrary: events },
  { weight: 2, arbitrary: sequences },
  { weight: 1, arbitrary: memberships },
);

export const rules: fc.Arbitrary<Rule> = fc
  .letrec<{ rule: Rule }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'rule' },
      { weight: 4, arbitrary: clauses },
      { weight: 1, arbitrary: fc.constantFrom<Rule>({ kind: 'everyone' }, { kind: 'none' }) },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constantFrom('and' as const, 'or' as const),
          rules: fc.array(tie('rule'), { minLength: 2, maxLength: 3 }),
        }),
      },
      { weight: 2, arbitrary: tie('rule').map((rule): Rule => ({ kind: 'not', rule })) },
    ),
  }))
  .rule.map((rule) => JSON.parse(JSON.stringify(rule)) as Rule);
