/** The kinds of facts that a rule depends on, so that a change re-evaluates only the rules that it can affect. */
import type { ChangedFacts } from '#customers/changes.ts';

import type { FunctionDefinition } from '#rule-language/check/definitions.ts';
import { dependenciesOf } from '#rule-language/check/dependencies.ts';
import type { EventCondition, Rule } from '#rule-language/syntax/tree.ts';
import { clausesOf } from '#rule-language/syntax/walk.ts';
import { ruleLanguage } from '../vocabulary/registry.ts';
import type { MembershipCauseName } from '../tables.ts';

/** Kinds of facts, with a trailing `*` for a prefix; null where any change of a customer may matter. */
export type RuleFacts = ReadonlySet<string> | null;

export function factsOfRule(rule: Rule): RuleFacts {
  const language = ruleLanguage();
  const { attributes, ownAttributes, groups, usesPlace } = dependenciesOf(rule);
  const parts = [
    ...attributes.map((name) => language.attributes.get(name)!.changesWith),
    ownAttributes.map((key) => `attribute.${key}`),
    ...eventsOf(rule).map(({ name, conditions }) => factsOfEvents(language.functions.get(name)!, conditions)),
    ...groups.map(({ group, key }) =>
      language.groups.get(group)!.changesWith?.map((fact) => fact.replace('{key}', key)),
    ),
    ...(usesPlace ? [language.place?.changesWith] : []),
  ];
  const facts = new Set<string>();
  for (const part of parts) {
    if (part === undefined) return null;
    for (const fact of part) facts.add(fact);
  }
  return facts;
}

interface AskedEvents {
  readonly name: string;
  readonly conditions: readonly EventCondition[];
}

function eventsOf(rule: Rule): AskedEvents[] {
  return clausesOf(rule).flatMap((clause) => {
    const events =
      clause.kind === 'event' ? [clause] : clause.kind === 'sequence' ? [clause.first, ...clause.steps] : [];
    return events.map((event) => ({ name: event.function, conditions: event.conditions }));
  });
}

/** A function of several kinds depends on one alone if the rule names it. */
function factsOfEvents(
  { changesWith, kindProperty }: FunctionDefinition,
  conditions: readonly EventCondition[],
): readonly string[] | undefined {
  for (const { parameter, predicate } of conditions) {
    if (parameter !== kindProperty) continue;
    if (predicate.kind !== 'compare' || predicate.operator !== '=') continue;
    if (predicate.value.kind === 'string') return [`event.${predicate.value.value}`];
  }
  return changesWith;
}

/** The first of the changed facts that the rule depends on; undefined if none. */
export function decidingFact(facts: RuleFacts, changed: NonNullable<ChangedFacts>): string | undefined {
  return Object.keys(changed).find((fact) => facts === null || looksAt(facts, fact));
}

export function looksAt(facts: ReadonlySet<string>, fact: string): boolean {
  const [family] = fact.split('.');
  return facts.has(fact) || (fact.includes('.') && facts.has(`${family}.*`));
}

const causes: Readonly<Record<string, MembershipCauseName>> = {
  orders: 'event',
  event: 'event',
  traits: 'trait',
  attribute: 'trait',
  consents: 'consent',
  list: 'list',
  segment: 'segment',
};

export function causeOfFact(fact: string): MembershipCauseName {
  return causes[fact.split('.', 1)[0]!] ?? 'group';
}
