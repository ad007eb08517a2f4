/** Checks a parsed rule against the language: names, types, sequences, memberships and the budget of nodes. */
import { findAttribute, findFunction, findGroup, findParameter } from './check-names.ts';
import { checkPredicate, type Checking, type Tested } from './check-predicate.ts';
import { fixedLengthMs } from '../syntax/dates.ts';
import type { Fault, Spans } from '../syntax/errors.ts';
import type { RuleLanguage } from './language.ts';
import { ruleLimits } from '../syntax/limits.ts';
import { suggestName } from './spelling-suggestion.ts';
import type { OwnNameOptions } from './own-names.ts';
import { quoteString } from '../syntax/print.ts';
import type {
  EventCondition,
  MembershipRule,
  Rule,
  SequenceEvent,
  SequenceRule,
  Subject,
} from '../syntax/tree.ts';
import { clausesOf, countNodes } from '../syntax/walk.ts';
import { workOf } from './work.ts';

export interface CheckOptions extends OwnNameOptions {
  /** The keys of a group, to refuse others; undefined where they are unknown. */
  readonly groupKeys?: (group: string) => readonly string[] | undefined;
  /** A rule that passed the checks when it was saved. */
  readonly isStored?: boolean;
  /** `ruleLimits.work` by default. */
  readonly maxWork?: number;
}

/** All errors of names and types, in the order of the tree. */
export function checkRule(
  rule: Rule,
  spans: Spans,
  language: RuleLanguage,
  options: CheckOptions = {},
): readonly Fault[] {
  const faults: Fault[] = [];
  const start = { offset: 0, length: 0 };
  const checking: Checking = {
    language,
    ownAttributes: options.ownAttributes === 'any' ? [] : options.ownAttributes,
    report: (fault) => faults.push(fault),
    spanOf: (node) => spans.get(node) ?? start,
    isStored: options.isStored,
  };
  const nodes = countNodes(rule);
  if (nodes > ruleLimits.nodes) {
    checking.report({
      message: `a rule holds at most ${ruleLimits.nodes} clauses and conditions, this one has ${nodes}`,
      span: start,
    });
  }
  checkWork(rule, checking, options);
  checkNode(rule, checking, options);
  return faults;
}

/** Reports the clause that exceeds the budget. */
function checkWork(rule: Rule, checking: Checking, { maxWork = ruleLimits.work }: CheckOptions): void {
  const work = workOf(rule);
  if (work <= maxWork) return;
  let sum = 0;
  const clause = clausesOf(rule).find((one) => (sum += workOf(one)) > maxWork);
  checking.report({ message: tellWork(work), span: checking.spanOf(clause ?? rule) });
}

export function tellWork(work: number): string {
  return `a rule takes at most ${ruleLimits.work} units of work, this one ${work}: 1 for an attribute, 5 for a group, 10 for a clause over events, three times as much for each further step of a sequence`;
}

function checkNode(rule: Rule, checking: Checking, options: CheckOptions): void {
  switch (rule.kind) {
    case 'everyone':
    case 'none':
      return;
    case 'and':
    case 'or':
      return rule.rules.forEach((part) => checkNode(part, checking, options));
    case 'not':
      return checkNode(rule.rule, checking, options);
    case 'test': {
      const tested = checkSubject(rule.subject, checking);
      if (tested !== undefined) checkPredicate(rule.predicate, tested, checking);
      return;
    }
    case 'event':
      return checkEvent(rule, rule, checking, true);
    case 'sequence':
      return checkSequence(rule, checking);
    case 'membership':
      return checkMembership(rule, checking, options);
  }
}

function checkSubject(subject: Subject, checking: Checking): Tested | undefined {
  const span = checking.spanOf(subject);
  switch (subject.kind) {
    case 'attribute':
      return findAttribute(subject, span, checking);
    case 'length': {
      const attribute = findAttribute(subject, span, checking);
      if (attribute === undefined) return undefined;
      if (attribute.type === 'list') return { name: 'LENGTH', type: 'number', range: { minimum: 0 } };
      const expected = [...checking.language.attributes.values()].filter(({ type }) => type === 'list');
      const message = `LENGTH counts the values of a list, ${subject.name} is no list`;
      checking.report({ message, span, expected: expected.map(({ name }) => name) });
      return undefined;
    }
    case 'bucket':
      return { name: 'BUCKET', type: 'number', range: { minimum: 0, maximum: 100 } };
    case 'distance': {
      const unavailable = placeFault(checking.language);
      if (unavailable !== undefined)
        checking.report({ message: `DISTANCE has no data yet: ${unavailable}`, span });
      if (Math.abs(subject.latitude) > 90 || Math.abs(subject.longitude) > 180) {
        checking.report({
          message: 'DISTANCE takes a latitude of -90 to 90 and a longitude of -180 to 180 degrees',
          span,
        });
      }
      return { name: 'DISTANCE', type: 'number', range: { minimum: 0 } };
    }
  }
}

function placeFault({ place }: RuleLanguage): string | undefined {
  return place === undefined ? 'no place of customers is known' : place.unavailable;
}

/** @param node node of the function's name */
function checkEvent(
  event: { readonly function: string; readonly conditions: readonly EventCondition[] },
  node: object,
  checking: Checking,
  mayAggregate: boolean,
): void {
  const definition = findFunction(event.function, checking.spanOf(node), checking);
  if (definition === undefined) return;
  for (const condition of event.conditions) {
    const span = checking.spanOf(condition);
    const parameter = findParameter(condition.parameter, span, definition, checking);
    if (parameter === undefined) continue;
    if (parameter.aggregate !== null && !mayAggregate) {
      const message = `${parameter.name} looks at several events, but each step of a sequence is one event`;
      const filters = [...definition.parameters.values()].filter(({ aggregate }) => aggregate === null);
      checking.report({ message, span, expected: filters.map(({ name }) => name) });
      continue;
    }
    checkPredicate(condition.predicate, testedParameter(parameter), checking);
  }
}

function testedParameter({
  name,
  type,
  aggregate,
  property,
}: {
  readonly name: string;
  readonly type: Tested['type'];
  readonly aggregate: string | null;
  readonly property: Pick<Tested, 'range' | 'values' | 'form'> | null;
}): Tested {
  if (aggregate === 'count' || aggregate === 'distinct') return { name, type, range: { minimum: 0 } };
  // Sums can exceed the range of one value; the other aggregates cannot.
  return {
    name,
    type,
    range: aggregate === 'sum' ? undefined : property?.range,
    values: property?.values,
    form: property?.form,
  };
}

function checkSequence({ first, steps }: SequenceRule, checking: Checking): void {
  const events = [first, ...steps];
  for (const event of events) checkEvent(event, event, checking, false);
  if (events.length > ruleLimits.sequenceLength) {
    const message = `a sequence holds at most ${ruleLimits.sequenceLength} events`;
    checking.report({ message, span: checking.spanOf(events[ruleLimits.sequenceLength] as SequenceEvent) });
  }
  steps.forEach((step, index) => {
    const span = checking.spanOf(step);
    if (step.negated && index < steps.length - 1) {
      checking.report({ message: 'only the last step of a sequence can be one that did not happen', span });
    }
    if (step.within !== null && fixedLengthMs(step.within) === undefined) {
      const message = 'steps of a sequence lie within hours, days or weeks, such as 48h, 7d or 2w';
      checking.report({ message, span: checking.spanOf(step.within), expected: ['48h', '7d', '2w'] });
    }
  });
}

function checkMembership(rule: MembershipRule, checking: Checking, { groupKeys }: CheckOptions): void {
  const span = checking.spanOf(rule);
  const group = findGroup(rule.group, span, checking);
  if (group === undefined) return;
  if (rule.change !== 'in' && group[rule.change] === undefined) {
    checking.report({
      message: `the history of a ${group.name} is not kept: ${rule.change.toUpperCase()} does not apply`,
      span,
    });
  }
  const keys = groupKeys?.(rule.group);
  if (keys === undefined || keys.includes(rule.key)) return;
  const nearest = suggestName(rule.key, keys);
  const named = `${group.name.toUpperCase()} ${quoteString(nearest ?? '')}`;
  const hint = nearest === undefined ? '' : `; did you mean ${quoteString(nearest)}?`;
  checking.report({
    message: `there is no ${group.name} ${quoteString(rule.key)}${hint}`,
    span,
    expected: keys.map(quoteString),
    suggestion: nearest === undefined ? undefined : named,
  });
}
