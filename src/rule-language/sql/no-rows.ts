/**
 * The value of an aggregate over no rows, and whether it passes a predicate: customers without a matching event are in
 * no group.
 */
import type { EventParameter } from '../check/language.ts';
import type { Comparator, Operand, Predicate } from '../syntax/tree.ts';

/** Counts and sums of no rows are 0; every other aggregate is null, which passes only negated predicates. */
export function matchesNoRows({ aggregate }: EventParameter, predicate: Predicate): boolean {
  const isZero = aggregate === 'count' || aggregate === 'sum' || aggregate === 'distinct';
  switch (predicate.kind) {
    case 'compare':
      if (predicate.operator === '!=') return !(isZero && comparesZero('=', predicate.value));
      return isZero && comparesZero(predicate.operator, predicate.value);
    case 'in':
      return (isZero && predicate.values.some((value) => comparesZero('=', value))) !== predicate.negated;
    case 'between':
      return (
        (isZero && comparesZero('>=', predicate.low) && comparesZero('<=', predicate.high)) !==
        predicate.negated
      );
    case 'null':
      return isZero === predicate.negated;
    case 'text':
    case 'has':
    case 'anniversary':
      return predicate.negated;
  }
}

/** An attribute on the right side has no value here, so a comparison with it does not match. */
function comparesZero(operator: Exclude<Comparator, '!='>, operand: Operand): boolean {
  if (operand.kind !== 'number') return false;
  switch (operator) {
    case '=':
      return operand.value === 0;
    case '<':
      return operand.value > 0;
    case '<=':
      return operand.value >= 0;
    case '>':
      return operand.value < 0;
    case '>=':
      return operand.value <= 0;
  }
}
