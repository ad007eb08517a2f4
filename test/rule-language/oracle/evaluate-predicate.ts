/** One predicate over one value in memory, independent of `compile-predicate.ts`. */
import type { RuleValue, ValueType } from '#rule-language/check/definitions.ts';
import type {
  AttributeReference,
  Comparator,
  Operand,
  Predicate,
  TextOperator,
} from '#rule-language/syntax/tree.ts';

import { comesRound, type Present, spanOf, startOfWrittenDay } from './calendar.ts';

export interface TypedValue {
  readonly value: RuleValue;
  readonly type: ValueType;
  /** Whether there is a value at all, where that is more than one of this type. */
  readonly isPresent?: boolean;
}

export interface PredicateContext {
  /** The person's attribute on the right side of a comparison. */
  readonly attribute: (reference: AttributeReference) => TypedValue;
  readonly time: Present;
}

export function evaluatePredicate(
  tested: TypedValue,
  predicate: Predicate,
  context: PredicateContext,
): boolean {
  const { value } = tested;
  switch (predicate.kind) {
    case 'compare':
      if (predicate.operator === '!=') return !compare(tested, '=', predicate.value, context);
      return compare(tested, predicate.operator, predicate.value, context);
    case 'in':
      return predicate.values.some((literal) => compare(tested, '=', literal, context)) !== predicate.negated;
    case 'between': {
      const isInside =
        compare(tested, '>=', predicate.low, context) && compare(tested, '<=', predicate.high, context);
      return isInside !== predicate.negated;
    }
    case 'text':
      return (
        (value !== null && textTest(value, predicate.operator, predicate.value.value)) !== predicate.negated
      );
    case 'has': {
      const list = Array.isArray(value) ? value : [];
      const wanted = predicate.values.map(({ value }) => value);
      const has = (one: string): boolean => list.includes(one);
      return (predicate.quantifier === 'any' ? wanted.some(has) : wanted.every(has)) !== predicate.negated;
    }
    case 'null':
      return !(tested.isPresent ?? value !== null) !== predicate.negated;
    case 'anniversary': {
      const ms = toMs(tested, context.time);
      return (
        (ms !== null && comesRound(ms, predicate.direction, predicate.period, context.time)) !==
        predicate.negated
      );
    }
  }
}

function compare(
  tested: TypedValue,
  operator: Exclude<Comparator, '!='>,
  operand: Operand,
  context: PredicateContext,
): boolean {
  const left = toScalar(tested, context.time);
  if (left === null) return false;
  if (operand.kind === 'date') {
    const { start, end } = spanOf(operand, context.time);
    const ms = left as number;
    const isInstant = start === end;
    switch (operator) {
      case '=':
        return isInstant ? ms === start : ms >= start && ms < end;
      case '<':
        return ms < start;
      case '<=':
        return isInstant ? ms <= start : ms < end;
      case '>':
        return isInstant ? ms > start : ms >= end;
      case '>=':
        return ms >= start;
    }
  }
  const right =
    operand.kind === 'attribute' ? toScalar(context.attribute(operand), context.time) : operand.value;
  if (right === null) return false;
  switch (operator) {
    case '=':
      return left === right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

function textTest(value: Exclude<RuleValue, null>, operator: TextOperator, wanted: string): boolean {
  if (Array.isArray(value)) return value.includes(wanted);
  const text = String(value);
  const [folded, part] = [text.toLowerCase(), wanted.toLowerCase()];
  switch (operator) {
    case 'contains':
      return folded.includes(part);
    case 'starts_with':
      return folded.startsWith(part);
    case 'ends_with':
      return folded.endsWith(part);
    case 'matches_regex':
      // A dot takes line ends too.
      return new RegExp(wanted, 'su').test(text);
  }
}

/** Dates as milliseconds; fractions without the noise of binary sums (SQL adds decimals exactly). */
function toScalar(tested: TypedValue, time: Present): string | number | boolean | null {
  const { value, type } = tested;
  if (type === 'date') return toMs(tested, time);
  if (typeof value === 'number') return Number(value.toPrecision(15));
  return value as string | boolean | null;
}

function toMs({ value }: TypedValue, { timeZone }: Present): number | null {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'string' ? startOfWrittenDay(value, timeZone) : null;
}
