/**
 * Checks whether a predicate fits the type of its subject: operators, literals, ranges and closed lists. Resolves
 * attributes on the right side only.
 */
import type { OwnAttribute, ValueType, TextForm } from './definitions.ts';
import type { Fault, Span } from '../syntax/errors.ts';
import type { RuleLanguage } from './language.ts';
import { suggestName } from './spelling-suggestion.ts';
import { faultOfPattern } from '../syntax/pattern.ts';
import { printLiteral, quoteString } from '../syntax/print.ts';
import { findAttribute } from './check-names.ts';
import type { Literal, Operand, Predicate, StringLiteral } from '../syntax/tree.ts';

/** The left side of a predicate. */
export interface Tested {
  readonly name: string;
  readonly type: ValueType;
  readonly range?: { readonly minimum?: number; readonly maximum?: number } | undefined;
  readonly values?: readonly string[] | undefined;
  readonly form?: TextForm | undefined;
}

export interface Checking {
  readonly language: RuleLanguage;
  readonly report: (fault: Fault) => void;
  readonly spanOf: (node: object) => Span;
  readonly ownAttributes?: readonly OwnAttribute[] | undefined;
  /** A stored rule: a text that is not a valid value matches no customer, as it did when the rule was saved. */
  readonly isStored?: boolean | undefined;
}

const typeWords: Readonly<Record<ValueType, string>> = {
  number: 'a number such as 3 or 12.5',
  money: 'an amount such as 99.90',
  string: 'a string in single quotes',
  boolean: 'TRUE or FALSE',
  date: 'a date such as 2024-01-31, -90d or TODAY',
  list: 'a list of strings',
};

const operatorsOf: Readonly<Record<ValueType, readonly string[]>> = {
  number: ['=', '!=', '<', '<=', '>', '>=', 'IN', 'BETWEEN', 'IS NULL'],
  money: ['=', '!=', '<', '<=', '>', '>=', 'IN', 'BETWEEN', 'IS NULL'],
  string: ['=', '!=', 'IN', 'CONTAINS', 'STARTS WITH', 'ENDS WITH', 'MATCHES REGEX', 'IS NULL'],
  boolean: ['=', '!=', 'IS NULL'],
  date: [
    '=',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
    'IN',
    'BETWEEN',
    'WITHIN NEXT',
    'WITHIN LAST',
    'ANNIVERSARY',
    'IS NULL',
  ],
  list: ['CONTAINS', 'HAS ANY', 'HAS ALL', 'HAS NONE', 'IS NULL'],
};

export function operatorsFor(type: ValueType): readonly string[] {
  return operatorsOf[type];
}

/** Longest anniversary window: a year, so that it contains each day only once. */
const longestAnniversary = { h: 0, d: 366, w: 52, m: 12, y: 1 } as const;

export function checkPredicate(predicate: Predicate, tested: Tested, checking: Checking): void {
  const operator = operatorOf(predicate);
  if (operator !== 'IS NULL' && !operatorsOf[tested.type].includes(operator)) {
    const expected = operatorsOf[tested.type];
    const message = `${tested.name} is ${kindOf(tested.type)}: ${operator} does not apply, use ${expected.join(', ')}`;
    checking.report({ message, span: checking.spanOf(predicate), expected });
    return;
  }
  switch (predicate.kind) {
    case 'compare':
      return checkOperand(predicate.value, tested, checking);
    case 'in':
      return predicate.values.forEach((value) => checkLiteral(value, tested, checking));
    case 'between':
      checkOperand(predicate.low, tested, checking);
      checkOperand(predicate.high, tested, checking);
      return checkOrder(predicate, checking);
    case 'text':
      // A search for part of a string is not limited to the closed list of complete values.
      if (tested.type === 'list') checkLiteral(predicate.value, { ...tested, type: 'string' }, checking);
      if (predicate.operator === 'matches_regex') {
        const message = faultOfPattern(predicate.value.value);
        if (message !== undefined) checking.report({ message, span: checking.spanOf(predicate.value) });
      }
      return;
    case 'has':
      return predicate.values.forEach((value) =>
        checkLiteral(value, { ...tested, type: 'string' }, checking),
      );
    case 'anniversary': {
      const { amount, unit } = predicate.period;
      if (amount > longestAnniversary[unit]) {
        const message =
          'an anniversary is looked for within whole days, at most a year: 366d, 52w, 12m or 1y';
        checking.report({ message, span: checking.spanOf(predicate) });
      }
      return;
    }
    case 'null':
  }
}

function operatorOf(predicate: Predicate): string {
  switch (predicate.kind) {
    case 'compare':
      return predicate.operator;
    case 'in':
      return 'IN';
    case 'between':
      return 'BETWEEN';
    case 'text':
      return predicate.operator.replace('_', ' ').toUpperCase();
    case 'has':
      return `HAS ${predicate.quantifier.toUpperCase()}`;
    case 'null':
      return 'IS NULL';
    case 'anniversary':
      return 'ANNIVERSARY';
  }
}

function checkOperand(operand: Operand, tested: Tested, checking: Checking): void {
  if (operand.kind !== 'attribute') return checkLiteral(operand, tested, checking);
  const span = checking.spanOf(operand);
  const attribute = findAttribute(operand, span, checking);
  if (attribute === undefined || isComparable(attribute.type, tested.type)) return;
  const message = `${tested.name} is ${kindOf(tested.type)} and ${attribute.name} is ${kindOf(attribute.type)}: they cannot be compared`;
  const expected = [...checking.language.attributes.values()].filter(({ type }) =>
    isComparable(type, tested.type),
  );
  checking.report({ message, span, expected: expected.map(({ name }) => name) });
}

function checkLiteral(literal: Literal, tested: Tested, checking: Checking): void {
  const { name, type, range = {}, values, form } = tested;
  const span = checking.spanOf(literal);
  if (literal.kind !== (type === 'money' ? 'number' : type)) {
    const message = `${name} is ${kindOf(type)}: expected ${typeWords[type]}, found ${printLiteral(literal)}`;
    checking.report({ message, span, expected: [typeWords[type]], suggestion: asType(literal, type) });
    return;
  }
  const { minimum = -Infinity, maximum = Infinity } = range;
  if (literal.kind === 'number' && (literal.value < minimum || literal.value > maximum)) {
    const bounds = [
      ...(minimum === -Infinity ? [] : [`at least ${minimum}`]),
      ...(maximum === Infinity ? [] : [`at most ${maximum}`]),
    ].join(' and ');
    checking.report({ message: `${name} is ${bounds}, ${literal.value} is out of its range`, span });
  }
  if (literal.kind === 'string' && values !== undefined && !values.includes(literal.value)) {
    const expected = values.map(quoteString);
    const nearest = suggestName(literal.value, values);
    const suggestion = nearest === undefined ? undefined : quoteString(nearest);
    const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
    const message = `${name} is never ${printLiteral(literal)}, it is one of ${expected.join(', ')}${hint}`;
    checking.report({ message, span, expected, suggestion });
  }
  if (literal.kind === 'string' && form !== undefined && checking.isStored !== true) {
    checkForm(literal, name, form, checking);
  }
}

function checkForm(literal: StringLiteral, name: string, form: TextForm, checking: Checking): void {
  if (form.read(literal.value) !== null) return;
  const nearest = suggestName(literal.value, form.names?.() ?? []);
  const suggestion = nearest === undefined ? undefined : quoteString(nearest);
  const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  const message = `${name} is never ${printLiteral(literal)}: expected ${form.expected}${hint}`;
  checking.report({ message, span: checking.spanOf(literal), expected: [form.expected], suggestion });
}

/** A range with its bounds in the wrong order matches no customer and is always a mistake. */
function checkOrder(
  { low, high }: Predicate & { readonly kind: 'between' },
  { report, spanOf }: Checking,
): void {
  if (low.kind === 'number' && high.kind === 'number' && low.value > high.value) {
    report({
      message: `BETWEEN takes the smaller bound first: ${high.value} AND ${low.value}`,
      span: spanOf(low),
    });
  }
}

function isComparable(left: ValueType, right: ValueType): boolean {
  const [first, second] = [left, right].map((type) => (type === 'money' ? 'number' : type));
  return first === second && first !== 'list';
}

/** The literal of the right type that was probably meant: '3' for a number, 2024-01-31 in quotes for a date. */
function asType(literal: Literal, type: ValueType): string | undefined {
  if (literal.kind === 'string') {
    const bare = literal.value.trim();
    if ((type === 'number' || type === 'money') && /^-?\d{1,9}(\.\d{1,6})?$/.test(bare)) return bare;
    if (type === 'date' && /^(\d{4}-\d{2}-\d{2}|[+-]\d{1,4}[hdwmy])$/.test(bare)) return bare;
    if (type === 'boolean' && /^(true|false)$/i.test(bare)) return bare.toUpperCase();
    return undefined;
  }
  return type === 'string' ? quoteString(printLiteral(literal)) : undefined;
}

function kindOf(type: ValueType): string {
  return type === 'money' ? 'an amount of money' : `a ${type}`;
}
