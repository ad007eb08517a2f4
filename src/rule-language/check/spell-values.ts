/**
 * Normalises texts of a rule to the form of the values: names of a closed list as an enum of the schema spells them, a
 * country by its name.
 */
import type { TextForm } from './definitions.ts';
import type { Span, Spans } from '../syntax/errors.ts';
import type { RuleLanguage } from './language.ts';
import type { EventCondition, Literal, Operand, Predicate, Rule, SequenceEvent } from '../syntax/tree.ts';

/** The part of a definition that determines the spelling. */
interface Spelled {
  readonly values?: readonly string[] | undefined;
  readonly hasEnum?: boolean | undefined;
  readonly form?: TextForm | undefined;
}

type KeepSpan = <Node extends object>(before: object, node: Node) => Node;

/** `rfm_group = 'CHAMPIONS'` to `rfm_group = 'champions'`, `country = 'United Kingdom'` to `country = 'GB'`. */
export function spellValues(
  rule: Rule,
  spans: Spans,
  { attributes, functions }: RuleLanguage,
): { readonly rule: Rule; readonly spans: Spans } {
  const found = new Map<object, Span>(spans);
  const keepSpan: KeepSpan = (before, node) => {
    const span = spans.get(before);
    if (span !== undefined) found.set(node, span);
    return node;
  };
  const spellEvent = <Event extends SequenceEvent>(event: Event): Event => {
    const parameters = functions.get(event.function)?.parameters;
    const conditions = event.conditions.map((condition): EventCondition => {
      const property = parameters?.get(condition.parameter)?.property;
      if (property == null || !isSpelled(property)) return condition;
      return keepSpan(condition, {
        ...condition,
        predicate: spellPredicate(condition.predicate, property, keepSpan),
      });
    });
    return keepSpan(event, { ...event, conditions });
  };
  const spell = (rule: Rule): Rule => {
    switch (rule.kind) {
      case 'and':
      case 'or':
        return { kind: rule.kind, rules: rule.rules.map(spell) };
      case 'not':
        return { kind: 'not', rule: spell(rule.rule) };
      case 'test': {
        const definition = rule.subject.kind === 'attribute' ? attributes.get(rule.subject.name) : undefined;
        if (definition === undefined || !isSpelled(definition)) return rule;
        return { ...rule, predicate: spellPredicate(rule.predicate, definition, keepSpan) };
      }
      case 'event':
        return spellEvent(rule);
      case 'sequence':
        return keepSpan(rule, {
          ...rule,
          first: spellEvent(rule.first),
          steps: rule.steps.map(spellEvent),
        });
      default:
        return rule;
    }
  };
  return { rule: spell(rule), spans: found };
}

function isSpelled({ hasEnum, form }: Spelled): boolean {
  return hasEnum === true || form !== undefined;
}

function spellPredicate(predicate: Predicate, definition: Spelled, keepSpan: KeepSpan): Predicate {
  const spell = <Value extends Operand | Literal>(operand: Value): Value => {
    if (operand.kind !== 'string') return operand;
    const value = spellText(operand.value, definition);
    return value === operand.value ? operand : keepSpan(operand, { ...operand, value });
  };
  switch (predicate.kind) {
    case 'compare':
      return keepSpan(predicate, { ...predicate, value: spell(predicate.value) });
    case 'in':
      return keepSpan(predicate, { ...predicate, values: predicate.values.map(spell) });
    default:
      return predicate;
  }
}

function spellText(text: string, { values = [], hasEnum, form }: Spelled): string {
  if (form !== undefined) return form.read(text) ?? text;
  if (hasEnum !== true || values.includes(text)) return text;
  return values.find((one) => one.toUpperCase() === text) ?? text;
}
