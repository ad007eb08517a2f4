/** Dependencies of a rule, so that a change re-evaluates only the rules that it can affect. */
import type { AttributeReference, DateLiteral, Operand, Predicate, Rule } from '../syntax/tree.ts';
import { type Clause, clausesOf, conditionsOf } from '../syntax/walk.ts';

export interface RuleDependencies {
  /** Attributes of the language. */
  readonly attributes: readonly string[];
  /** Keys of custom attributes. */
  readonly ownAttributes: readonly string[];
  readonly functions: readonly string[];
  readonly groups: readonly { readonly group: string; readonly key: string }[];
  /** Whether the passing of time alone can change who matches. */
  readonly dependsOnTime: boolean;
  readonly usesPlace: boolean;
}

/** Names in alphabetical order, without duplicates. */
export function dependenciesOf(rule: Rule): RuleDependencies {
  const clauses = clausesOf(rule);
  const predicates = clauses.flatMap(predicatesOf);
  const references = clauses.flatMap(referencesOf);
  const groups = clauses.flatMap((clause) => (clause.kind === 'membership' ? [clause] : []));
  const groupsByName = new Map(groups.map(({ group, key }) => [`${group} ${key}`, { group, key }]));
  return {
    attributes: sortedNames(references.flatMap(({ name, own }) => (own === undefined ? [name] : []))),
    ownAttributes: sortedNames(references.flatMap(({ own }) => (own === undefined ? [] : [own.key]))),
    functions: sortedNames(clauses.flatMap(functionsOf)),
    groups: [...groupsByName]
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([, group]) => group),
    dependsOnTime: clauses.some(waitsForTime) || predicates.some(movesWithTime),
    usesPlace: clauses.some((clause) => clause.kind === 'test' && clause.subject.kind === 'distance'),
  };
}

function predicatesOf(clause: Clause): Predicate[] {
  return clause.kind === 'test' ? [clause.predicate] : conditionsOf(clause).map(({ predicate }) => predicate);
}

/** Every mention of an attribute in a clause, on either side of a predicate. */
export function referencesOf(clause: Clause): readonly Pick<AttributeReference, 'name' | 'own'>[] {
  const operands = predicatesOf(clause)
    .flatMap(operandsOf)
    .filter((operand) => operand.kind === 'attribute');
  if (clause.kind !== 'test') return operands;
  const { subject } = clause;
  return subject.kind === 'attribute' || subject.kind === 'length' ? [subject, ...operands] : operands;
}

function functionsOf(clause: Clause): string[] {
  if (clause.kind === 'event') return [clause.function];
  return clause.kind === 'sequence' ? [clause.first, ...clause.steps].map((step) => step.function) : [];
}

/** The right side of a predicate, where it is a literal or an attribute. */
export function operandsOf(predicate: Predicate): readonly Operand[] {
  switch (predicate.kind) {
    case 'compare':
      return [predicate.value];
    case 'between':
      return [predicate.low, predicate.high];
    case 'in':
      return predicate.values;
    default:
      return [];
  }
}

function movesWithTime(predicate: Predicate): boolean {
  if (predicate.kind === 'anniversary') return true;
  return operandsOf(predicate).some((operand) => operand.kind === 'date' && isRelative(operand));
}

function isRelative({ form }: DateLiteral): boolean {
  return form.kind !== 'absolute';
}

/** FOR, ENTERED … WITHIN and THEN NOT … WITHIN can change by the passing of time. */
function waitsForTime(clause: Clause): boolean {
  if (clause.kind === 'membership') return clause.period !== null;
  return clause.kind === 'sequence' && clause.steps.some(({ negated, within }) => negated && within !== null);
}

function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}
