/**
 * Prints a syntax tree in its canonical text, with no more parentheses than precedence requires; parsing it again gives
 * an equal tree.
 */
import type {
  DateLiteral,
  Duration,
  EventCondition,
  Literal,
  Operand,
  Predicate,
  Rule,
  SequenceEvent,
  Subject,
} from './tree.ts';

const textWords = {
  contains: 'CONTAINS',
  starts_with: 'STARTS WITH',
  ends_with: 'ENDS WITH',
  matches_regex: 'MATCHES REGEX',
} as const;

export function printRule(rule: Rule): string {
  switch (rule.kind) {
    case 'everyone':
      return 'EVERYONE';
    case 'none':
      return 'NONE';
    case 'or':
      return rule.rules.map((part) => printInside(part, ['or'])).join(' OR ');
    case 'and':
      return rule.rules.map((part) => printInside(part, ['or', 'and'])).join(' AND ');
    case 'not':
      return `NOT ${printInside(rule.rule, ['or', 'and'])}`;
    case 'test':
      return `${printSubject(rule.subject)} ${printPredicate(rule.predicate)}`;
    case 'event':
      return `${rule.function} ${rule.negated ? 'NOT ' : ''}MATCHES ${printConditions(rule.conditions)}`;
    case 'sequence':
      return [
        printEvent(rule.first),
        ...rule.steps.map(
          (step) =>
            `THEN ${step.negated ? 'NOT ' : ''}${printEvent(step)}${printPeriod(' WITHIN ', step.within)}`,
        ),
      ].join(' ');
    case 'membership': {
      const group = `${rule.change.toUpperCase()} ${rule.group.toUpperCase()} ${quoteString(rule.key)}`;
      return group + printPeriod(rule.change === 'in' ? ' FOR ' : ' WITHIN ', rule.period);
    }
  }
}

function printSubject(subject: Subject): string {
  switch (subject.kind) {
    case 'attribute':
      return subject.name;
    case 'length':
      return `LENGTH(${subject.name})`;
    case 'bucket':
      return `BUCKET(${quoteString(subject.salt)})`;
    case 'distance':
      return `DISTANCE(${printNumber(subject.latitude)}, ${printNumber(subject.longitude)})`;
  }
}

function printPredicate(predicate: Predicate): string {
  switch (predicate.kind) {
    case 'compare':
      return `${predicate.operator} ${printOperand(predicate.value)}`;
    case 'in':
      return `${not(predicate)}IN (${predicate.values.map(printOperand).join(', ')})`;
    case 'between':
      return `${not(predicate)}BETWEEN ${printOperand(predicate.low)} AND ${printOperand(predicate.high)}`;
    case 'text':
      return `${not(predicate)}${textWords[predicate.operator]} ${printOperand(predicate.value)}`;
    case 'has': {
      const isNone = predicate.negated && predicate.quantifier === 'any';
      const word = isNone ? 'HAS NONE' : `${not(predicate)}HAS ${predicate.quantifier.toUpperCase()}`;
      return `${word} (${predicate.values.map(printOperand).join(', ')})`;
    }
    case 'null':
      return predicate.negated ? 'IS NOT NULL' : 'IS NULL';
    case 'anniversary': {
      const { amount, unit } = predicate.period;
      if (amount === 0 && unit === 'd' && predicate.direction === 'next')
        return `${not(predicate)}ANNIVERSARY TODAY`;
      return `${not(predicate)}ANNIVERSARY WITHIN ${predicate.direction.toUpperCase()} ${amount}${unit}`;
    }
  }
}

export function printLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'string':
      return quoteString(literal.value);
    case 'number':
      return printNumber(literal.value);
    case 'boolean':
      return literal.value ? 'TRUE' : 'FALSE';
    case 'date':
      return printDate(literal) + (literal.zone === null ? '' : ` AT TIME ZONE ${quoteString(literal.zone)}`);
  }
}

export function quoteString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function printInside(rule: Rule, looser: readonly Rule['kind'][]): string {
  return looser.includes(rule.kind) ? `(${printRule(rule)})` : printRule(rule);
}

function printEvent(event: SequenceEvent): string {
  return `${event.function} MATCHES ${printConditions(event.conditions)}`;
}

function printConditions(conditions: readonly EventCondition[]): string {
  return `(${conditions.map(({ parameter, predicate }) => `${parameter} ${printPredicate(predicate)}`).join(', ')})`;
}

function printOperand(operand: Operand): string {
  return operand.kind === 'attribute' ? operand.name : printLiteral(operand);
}

function printDate({ form }: DateLiteral): string {
  switch (form.kind) {
    case 'absolute':
      return form.text;
    case 'named':
      return form.name.toUpperCase();
    case 'relative':
      return `${form.amount < 0 ? '' : '+'}${form.amount}${form.unit}`;
    case 'calendar':
      return `${form.which} ${form.unit}`.toUpperCase();
  }
}

function printPeriod(word: string, period: Duration | null): string {
  return period === null ? '' : `${word}${period.amount}${period.unit}`;
}

/** Without an exponent: small fractions print as 0.000001. */
function printNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(6).replace(/0+$/, '');
}

function not({ negated }: { readonly negated: boolean }): string {
  return negated ? 'NOT ' : '';
}
