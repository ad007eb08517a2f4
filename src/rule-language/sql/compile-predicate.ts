/**
 * Compiles one predicate over one SQL expression; null never matches unless the predicate is negated or tests for null.
 */
import {
  anniversaryWindow,
  formatDay,
  resolveDate,
  type Stretch,
  type TimeContext,
} from '../syntax/dates.ts';
import type { ValueType } from '../check/definitions.ts';
import { attributeOf, type RuleLanguage } from '../check/language.ts';
import { printPatternForSql, readPattern } from '../syntax/pattern.ts';
import { asOperand, type Bind, type Condition, joinConditions, negateIf } from './sql.ts';
import type {
  Comparator,
  DateLiteral,
  Duration,
  Literal,
  Operand,
  Predicate,
  TextOperator,
} from '../syntax/tree.ts';

export interface Compiling {
  readonly language: RuleLanguage;
  readonly bind: Bind;
  readonly time: TimeContext;
  /** `all` where the statement reads every customer, `few` where it selects some by id. */
  readonly population: 'all' | 'few';
}

/** An SQL expression and its type. */
export interface TypedSql {
  readonly sql: string;
  readonly type: ValueType;
}

const sqlTypes: Readonly<Record<ValueType, string>> = {
  number: 'numeric',
  money: 'numeric',
  string: 'text',
  boolean: 'boolean',
  date: 'timestamptz',
  list: 'text[]',
};

/** The expression of a definition; a day becomes the instant of its start in the time zone of the evaluation. */
export function valueSql(
  definition: { readonly sql: string; readonly type: ValueType; readonly precision?: 'instant' | 'day' },
  { bind, time }: Compiling,
): TypedSql {
  const sql = asOperand(definition.sql);
  if (definition.precision !== 'day') return { sql, type: definition.type };
  return { sql: `(${sql}::timestamp at time zone ${bind(time.timeZone, 'text')})`, type: definition.type };
}

export function compilePredicate(value: TypedSql, predicate: Predicate, compiling: Compiling): Condition {
  const { sql } = value;
  switch (predicate.kind) {
    case 'compare': {
      const { operator } = predicate;
      // != is the negation of =: it keeps customers without the value.
      if (operator === '!=') return negateIf(true, compare(value, '=', predicate.value, compiling));
      return compare(value, operator, predicate.value, compiling);
    }
    case 'in':
      return negateIf(predicate.negated, oneOf(value, predicate.values, compiling));
    case 'between': {
      const bounds = [
        compare(value, '>=', predicate.low, compiling),
        compare(value, '<=', predicate.high, compiling),
      ];
      return negateIf(predicate.negated, joinConditions('and', bounds));
    }
    case 'text':
      return negateIf(
        predicate.negated,
        textTest(value, predicate.operator, predicate.value.value, compiling),
      );
    case 'has': {
      const values = compiling.bind(
        predicate.values.map(({ value }) => value),
        'text[]',
      );
      return negateIf(
        predicate.negated,
        partial(`${sql} ${predicate.quantifier === 'any' ? '&&' : '@>'} ${values}`),
      );
    }
    case 'null':
      return { sql: `${sql} is ${predicate.negated ? 'not ' : ''}null`, isTotal: true };
    case 'anniversary':
      return negateIf(predicate.negated, anniversary(sql, predicate.direction, predicate.period, compiling));
  }
}

function compare(
  value: TypedSql,
  operator: Exclude<Comparator, '!='>,
  operand: Operand,
  compiling: Compiling,
): Condition {
  if (operand.kind === 'date')
    return compareStretch(value.sql, operator, resolveDate(operand, compiling.time), compiling.bind);
  return partial(`${value.sql} ${operator} ${operandSql(operand, value.type, compiling)}`);
}

function operandSql(operand: Exclude<Operand, DateLiteral>, type: ValueType, compiling: Compiling): string {
  if (operand.kind !== 'attribute') return compiling.bind(operand.value, sqlTypes[type]);
  return valueSql(attributeOf(compiling.language, operand), compiling).sql;
}

/** An instant against a period: before its start, after its end, or within. */
function compareStretch(
  sql: string,
  operator: Exclude<Comparator, '!='>,
  { start, end }: Stretch,
  bind: Bind,
): Condition {
  const isInstant = start === end;
  const at = (ms: number): string => bind(new Date(ms).toISOString(), 'timestamptz');
  switch (operator) {
    case '=':
      return partial(
        isInstant ? `${sql} = ${at(start)}` : `(${sql} >= ${at(start)} and ${sql} < ${at(end)})`,
      );
    case '<':
      return partial(`${sql} < ${at(start)}`);
    case '<=':
      return partial(isInstant ? `${sql} <= ${at(start)}` : `${sql} < ${at(end)}`);
    case '>':
      return partial(isInstant ? `${sql} > ${at(start)}` : `${sql} >= ${at(end)}`);
    case '>=':
      return partial(`${sql} >= ${at(start)}`);
  }
}

function oneOf(value: TypedSql, literals: readonly Literal[], compiling: Compiling): Condition {
  const dates = literals.filter((literal) => literal.kind === 'date');
  if (dates.length > 0)
    return joinConditions(
      'or',
      dates.map((date) => compare(value, '=', date, compiling)),
    );
  const strings = literals.filter((literal) => literal.kind === 'string').map(({ value }) => value);
  const numbers = literals.filter((literal) => literal.kind === 'number').map(({ value }) => value);
  const list =
    value.type === 'string' ? compiling.bind(strings, 'text[]') : compiling.bind(numbers, 'numeric[]');
  return partial(`${value.sql} = any(${list})`);
}

/** Searching for part of a string ignores case; =, IN and patterns do not. */
function textTest(
  { sql, type }: TypedSql,
  operator: TextOperator,
  wanted: string,
  { bind }: Compiling,
): Condition {
  if (type === 'list') return partial(`${sql} @> ${bind([wanted], 'text[]')}`);
  if (operator === 'matches_regex')
    return partial(`${sql} ~ ${bind(printPatternForSql(readPattern(wanted)), 'text')}`);
  const part = `lower(${bind(wanted, 'text')})`;
  switch (operator) {
    case 'contains':
      return partial(`strpos(lower(${sql}), ${part}) > 0`);
    case 'starts_with':
      return partial(`starts_with(lower(${sql}), ${part})`);
    case 'ends_with':
      return partial(`right(lower(${sql}), length(${part})) = ${part}`);
  }
}

/** A window of at most a year contains the anniversaries of at most two years: of its first day and of its last. */
function anniversary(
  sql: string,
  direction: 'next' | 'last',
  period: Duration,
  { bind, time }: Compiling,
): Condition {
  const { first, last } = anniversaryWindow(direction, period, time);
  const day = `(${sql} at time zone ${bind(time.timeZone, 'text')})::date`;
  const [from, to] = [bind(formatDay(first), 'date'), bind(formatDay(last), 'date')];
  // Two years even where they are one: the text must not depend on the time.
  return joinConditions(
    'or',
    [first.year, last.year].map((year) => {
      const since = `(${bind(year, 'integer')} - extract(year from ${day})::integer)`;
      // The day itself is not an anniversary. 29 February counts as the 28th in other years.
      return partial(
        `(${since} > 0 and (${day} + make_interval(years => ${since})) between ${from} and ${to})`,
      );
    }),
  );
}

function partial(sql: string): Condition {
  return { sql, isTotal: false };
}
