/**
 * The reference of the language as data for editors and manuals: names, operators with tested examples, and semantics.
 */
import { operatorsFor } from '../check/check-predicate.ts';
import type { AttributeDefinition, ValueType } from '../check/definitions.ts';
import type { Aggregate, EventParameter, RuleLanguage } from '../check/language.ts';
import { describeGrammar } from './grammar-text.ts';
import { longestPeriod, ruleLimits } from '../syntax/limits.ts';

export interface NamedValue {
  readonly name: string;
  readonly type: ValueType;
  readonly description: string;
  readonly operators: readonly string[];
  readonly unit: string | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** The closed list of values; empty where any is allowed. */
  readonly values: readonly string[];
  readonly examples: readonly string[];
  /** Why it cannot be used yet. */
  readonly unavailable: string | null;
}

export interface ParameterReference extends Omit<NamedValue, 'unavailable'> {
  /** How it aggregates all events; null for a filter of single events. */
  readonly aggregate: Aggregate | null;
}

export interface FunctionReference {
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly ParameterReference[];
  readonly unavailable: string | null;
}

export interface GroupReference {
  readonly name: string;
  readonly description: string;
  readonly hasHistory: boolean;
  readonly unavailable: string | null;
}

export interface OperatorReference {
  readonly operator: string;
  readonly description: string;
  readonly example: string;
  /** Data that the example needs to be valid; without it, it is always valid. */
  readonly assumes?: string;
}

export interface LanguageReference {
  readonly attributes: readonly NamedValue[];
  readonly functions: readonly FunctionReference[];
  readonly groups: readonly GroupReference[];
  readonly operators: readonly OperatorReference[];
  /** Extended BNF. */
  readonly grammar: string;
  /** Highest precedence first. */
  readonly precedence: readonly string[];
  readonly notes: readonly { readonly topic: string; readonly text: string }[];
  readonly limits: Readonly<Record<string, number>>;
}

export function describeLanguage(language: RuleLanguage): LanguageReference {
  return {
    attributes: [...language.attributes.values()].map(describeAttribute),
    functions: [...language.functions.values()].map(
      ({ name, description, parameters, unavailable = null }) => ({
        name,
        description,
        parameters: [...parameters.values()].map(describeParameter),
        unavailable,
      }),
    ),
    groups: [...language.groups.values()].map(({ name, description, entered, unavailable = null }) => ({
      name,
      description,
      hasHistory: entered !== undefined,
      unavailable,
    })),
    operators,
    grammar: describeGrammar(),
    precedence: ['( )', 'NOT', 'AND', 'OR'],
    notes,
    limits: ruleLimits,
  };
}

function describeAttribute(definition: AttributeDefinition): NamedValue {
  const { name, type, description, unavailable = null } = definition;
  return { ...describeValue(name, type, description, definition), unavailable };
}

function describeParameter({
  name,
  type,
  description,
  aggregate,
  property,
}: EventParameter): ParameterReference {
  const shape = aggregate === 'distinct' ? null : property;
  return { ...describeValue(name, type, description, shape ?? {}), aggregate };
}

function describeValue(
  name: string,
  type: ValueType,
  description: string,
  shape: {
    readonly unit?: string;
    readonly range?: { readonly minimum?: number; readonly maximum?: number };
    readonly values?: readonly string[];
    readonly examples?: readonly string[];
  },
): Omit<NamedValue, 'unavailable'> {
  const { unit = null, range, values = [], examples = [] } = shape;
  const { minimum = null, maximum = null } = range ?? {};
  return { name, type, description, operators: operatorsFor(type), unit, minimum, maximum, values, examples };
}

const operators: readonly OperatorReference[] = [
  { operator: 'AND', description: 'Both sides match.', example: "country = 'GB' AND number_of_orders > 3" },
  { operator: 'OR', description: 'At least one side matches.', example: "country = 'GB' OR country = 'IE'" },
  {
    operator: 'NOT',
    description: 'The operand does not match.',
    example: "NOT (country = 'GB' OR number_of_orders = 0)",
  },
  { operator: 'EVERYONE', description: 'All customers.', example: "EVERYONE AND NOT country = 'GB'" },
  { operator: 'NONE', description: 'No customer.', example: 'NONE' },
  {
    operator: '=',
    description: 'Equal; a day, month or year includes all of its instants.',
    example: 'last_order_date = 2024-01',
  },
  {
    operator: '!=',
    description: 'Not equal; keeps customers without the value.',
    example: "country != 'GB'",
  },
  {
    operator: '< <= > >=',
    description: 'Less or more: numbers, money and dates, also of two attributes.',
    example: 'amount_spent >= 99.90',
  },
  {
    operator: 'BETWEEN',
    description: 'From the first to the second, both included.',
    example: 'number_of_orders BETWEEN 2 AND 5',
  },
  { operator: 'IN', description: 'Equal to one of a list.', example: "country NOT IN ('GB', 'IE')" },
  { operator: 'IS NULL', description: 'Without the value.', example: 'last_order_date IS NOT NULL' },
  {
    operator: 'CONTAINS',
    description: 'Contains the text, ignoring case; or the list contains the value.',
    example: "customer_tags CONTAINS 'vip'",
  },
  {
    operator: 'STARTS WITH',
    description: 'Starts with the text, ignoring case.',
    example: "language STARTS WITH 'en'",
  },
  {
    operator: 'ENDS WITH',
    description: 'Ends with the text, ignoring case.',
    example: "language NOT ENDS WITH '-GB'",
  },
  {
    operator: 'MATCHES REGEX',
    description:
      'A bounded regular expression found anywhere: . [ ] ^ $ ( ) | * + ? {2,5} \\d \\w \\s; case counts.',
    example: "language MATCHES REGEX '^(en|de)(-[A-Z]{2})?$'",
  },
  {
    operator: 'HAS ANY',
    description: 'The list contains at least one of the values.',
    example: "customer_tags HAS ANY ('vip', 'new')",
  },
  {
    operator: 'HAS ALL',
    description: 'The list contains all of the values.',
    example: "customer_tags HAS ALL ('vip', 'new')",
  },
  {
    operator: 'HAS NONE',
    description: 'The list contains none of the values.',
    example: "customer_tags HAS NONE ('vip', 'new')",
  },
  { operator: 'LENGTH', description: 'Number of values of a list.', example: 'LENGTH(customer_tags) >= 2' },
  {
    operator: 'WITHIN LAST',
    description: 'From that time ago until today (hours: until now).',
    example: 'last_order_date WITHIN LAST 30d',
  },
  {
    operator: 'WITHIN NEXT',
    description: 'From today (hours: from now) until that time ahead.',
    example: 'last_order_date WITHIN NEXT 2w',
  },
  {
    operator: 'ANNIVERSARY',
    description: 'The anniversary of the day is today, or within a time of at most a year.',
    example: 'first_order_date ANNIVERSARY WITHIN NEXT 7d',
  },
  {
    operator: 'MATCHES',
    description:
      'Events that pass all conditions: first each event by date and properties, then count, sums and other aggregates of the rest.',
    example: 'orders_placed MATCHES (count >= 3, date >= -90d, sum_amount > 500)',
  },
  {
    operator: 'NOT MATCHES',
    description: 'No such events.',
    example: 'orders_placed NOT MATCHES (date >= -90d)',
  },
  {
    operator: 'DID, DID NOT',
    description: 'Another spelling of MATCHES and NOT MATCHES.',
    example: 'DID NOT orders_placed (date >= -90d)',
  },
  {
    operator: 'THEN',
    description: 'One event after another, or no such event within the time.',
    example: 'orders_placed MATCHES (amount > 100) THEN NOT orders_placed WITHIN 30d',
  },
  {
    operator: 'IN',
    description: 'In a group now, or for at least that long.',
    example: "IN SEGMENT 'vip' FOR 30d",
    assumes: 'a segment with the key vip',
  },
  {
    operator: 'ENTERED, LEFT',
    description: 'Entered or left a group, ever or within a time.',
    example: "ENTERED SEGMENT 'vip' WITHIN 7d",
    assumes: 'a segment with the key vip',
  },
  {
    operator: 'BUCKET',
    description:
      'A stable share of the customers: for each name in quotes, each customer has a number from 0 up to 100.',
    example: "BUCKET('spring test') < 10",
  },
  {
    operator: 'DISTANCE',
    description: 'Kilometres from a latitude and longitude.',
    example: 'DISTANCE(51.5, -0.12) <= 25',
  },
];

const notes: LanguageReference['notes'] = [
  {
    topic: 'null',
    text: 'A comparison with a missing value does not match; its negation (!=, NOT …) therefore matches these customers. IS NULL and IS NOT NULL test for them.',
  },
  {
    topic: 'case',
    text: 'Keywords and names may be in any case. =, IN, HAS and MATCHES REGEX compare texts exactly; CONTAINS, STARTS WITH and ENDS WITH of texts ignore case.',
  },
  {
    topic: 'own attributes',
    text: `Attributes that customers carry themselves stand by their key: tenure, attribute.country where the language has the name itself, "Monthly Charges" or attribute."Monthly Charges" in double quotes where it is no plain word. The exact spelling comes first, then any case where only one key fits. Types come from the declaration (attributeDefinitions), else from the values. A value of another type than the rule looks for does not match; IS NULL holds where there is no value of any type. Dates are ISO days or instants, without a zone in UTC. Two own attributes are compared as numbers.`,
  },
  {
    topic: 'strings',
    text: "Strings stand in single quotes; a quote inside is written twice: 'O''Neil'.",
  },
  {
    topic: 'dates',
    text: `Days 2024-01-31, months 2024-01, times 2024-01-31T10:00 with Z or an offset or in local time; TODAY, YESTERDAY, TOMORROW, NOW; LAST, THIS or NEXT WEEK, MONTH, QUARTER or YEAR (weeks begin on Monday); -90d and +2w with h, d, w, m and y for hours, days, weeks, months and years, at most ${longestPeriod.y} years. All but times, hours and NOW mean the whole of their days. AT TIME ZONE 'Europe/London' after a date says whose days.`,
  },
  {
    topic: 'months',
    text: 'A month from 31 January is the last day of February. The anniversary of 29 February is 28 February in other years. The day itself is no anniversary.',
  },
  {
    topic: 'events',
    text: 'Where no count is asked for, at least one event must fit. The sum of none is 0; average, smallest, largest, first and last of none have no value. The older form f(x: 1) = TRUE is read too.',
  },
  {
    topic: 'sequences',
    text: 'Each event comes strictly after the one before it, within the given time. THEN NOT … WITHIN matches once that time is over; only the last step can be negated.',
  },
];
