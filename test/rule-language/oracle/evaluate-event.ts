/** Events, sequences and memberships of one person in memory, independent of `compile-event.ts`. */
import type { RuleValue } from '#rule-language/check/definitions.ts';
import type { EventParameter, RuleLanguage } from '#rule-language/check/language.ts';
import type { EventRule, MembershipRule, SequenceEvent, SequenceRule } from '#rule-language/syntax/tree.ts';

import { lengthMs, moveInstant } from './calendar.ts';
import { evaluatePredicate, type PredicateContext } from './evaluate-predicate.ts';
import type { Person, PersonEvent } from './person.ts';

export interface EvaluationContext extends PredicateContext {
  readonly language: RuleLanguage;
  readonly person: Person;
}

export function evaluateEvent(rule: EventRule, context: EvaluationContext): boolean {
  const source = context.language.functions.get(rule.function)!;
  const rows = matchingRows(rule, context);
  const tests = rule.conditions
    .map(({ parameter, predicate }) => ({ parameter: source.parameters.get(parameter)!, predicate }))
    .filter(({ parameter }) => parameter.aggregate !== null);
  const asksCount = tests.some(({ parameter }) => parameter.aggregate === 'count');
  const fits = tests.every(({ parameter, predicate }) =>
    evaluatePredicate({ value: aggregateRows(rows, parameter), type: parameter.type }, predicate, context),
  );
  return (fits && (asksCount || rows.length > 0)) !== rule.negated;
}

export function evaluateSequence({ first, steps }: SequenceRule, context: EvaluationContext): boolean {
  const continues = (after: PersonEvent, index: number): boolean => {
    const step = steps[index];
    if (step === undefined) return true;
    const start = after.date.getTime();
    const end = step.within === null ? Infinity : start + lengthMs(step.within);
    const rows = matchingRows(step, context).filter(
      ({ date }) => date.getTime() > start && date.getTime() <= end,
    );
    if (!step.negated) return rows.some((row) => continues(row, index + 1));
    return rows.length === 0 && (step.within === null || end <= context.time.now.getTime());
  };
  return matchingRows(first, context).some((row) => continues(row, 0));
}

export function evaluateMembership(
  { change, group, key, period }: MembershipRule,
  { person, time }: EvaluationContext,
): boolean {
  const now = time.now.getTime();
  const since = period === null ? undefined : moveInstant(now, -period.amount, period.unit, time.timeZone);
  if (change === 'in') {
    const current = person.memberships?.[group] ?? [];
    return current.some((one) => one.key === key && (since === undefined || one.at.getTime() <= since));
  }
  const history = person.changes?.[group] ?? [];
  return history.some((one) => {
    if (one.key !== key || one.change !== change) return false;
    return since === undefined || (one.at.getTime() >= since && one.at.getTime() <= now);
  });
}

/** What an aggregate gives where there is no event: sums and counts are 0, the others have no value. */
function aggregateOfNone({ aggregate }: EventParameter): RuleValue {
  return aggregate === 'count' || aggregate === 'sum' || aggregate === 'distinct' ? 0 : null;
}

/** Rows that pass all conditions of rows, earliest first. */
function matchingRows(event: SequenceEvent, context: EvaluationContext): readonly PersonEvent[] {
  const source = context.language.functions.get(event.function)!;
  const filters = event.conditions
    .map(({ parameter, predicate }) => ({ parameter: source.parameters.get(parameter)!, predicate }))
    .filter(({ parameter }) => parameter.aggregate === null);
  return (context.person.events[source.name] ?? [])
    .filter((row) =>
      filters.every(({ parameter, predicate }) =>
        evaluatePredicate({ value: valueOf(row, parameter), type: parameter.type }, predicate, context),
      ),
    )
    .toSorted((left, right) => left.date.getTime() - right.date.getTime() || (left.id < right.id ? -1 : 1));
}

function valueOf(row: PersonEvent, { property }: EventParameter): RuleValue {
  return property?.name === 'date' ? row.date : (row.properties[property!.name] ?? null);
}

function aggregateRows(rows: readonly PersonEvent[], parameter: EventParameter): RuleValue {
  const { aggregate } = parameter;
  if (rows.length === 0) return aggregateOfNone(parameter);
  if (aggregate === 'count') return rows.length;
  if (aggregate === 'first') return valueOf(rows[0]!, parameter);
  if (aggregate === 'last') return valueOf(rows.at(-1)!, parameter);
  const values = rows.map((row) => valueOf(row, parameter)).filter((value) => value !== null);
  if (aggregate === 'distinct')
    return new Set(values.map((value) => (value instanceof Date ? value.getTime() : value))).size;
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === 0) return aggregateOfNone(parameter);
  const sum = numbers.reduce((total, number) => total + number, 0);
  switch (aggregate) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / numbers.length;
    case 'min':
      return Math.min(...numbers);
    case 'max':
      return Math.max(...numbers);
    case null:
      return null;
  }
}
