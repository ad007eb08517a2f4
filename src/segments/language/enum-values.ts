/** Values of closed lists as an enum of the schema spells them, brought to the spelling of the language; it checks nothing. */
import type { Span, Spans } from './errors.ts';
import type { RuleLanguage } from './language.ts';
import type { Literal, Operand, Predicate, Rule } from './tree.ts';

/** `rfm_group = 'CHAMPIONS'` to `rfm_group = 'champions'`. */
export function spellEnumValues(
  rule: Rule,
  spans: Spans,
  { attributes }: RuleLanguage,
): { readonly rule: Rule; readonly spans: Spans } {
  const found = new Map<object, Span>(spans);
  const keepSpan = <Node extends object>(before: object, node: Node): Node => {
    const span = spans.get(before);
    if (span !== undefined) found.set(node, span);
    return node;
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
        if (definition?.hasEnum !== true) return rule;
        return { ...rule, predicate: spellPredicate(rule.predicate, definition.values ?? [], keepSpan) };
      }
      default:
        return rule;
    }
  };
  return { rule: spell(rule), spans: found };
}

function spellPredicate(
  predicate: Predicate,
  values: readonly string[],
  keepSpan: <Node extends object>(before: object, node: Node) => Node,
): Predicate {
  const spell = <Value extends Operand | Literal>(operand: Value): Value => {
    if (operand.kind !== 'string' || values.includes(operand.value)) return operand;
    const value = values.find((one) => one.toUpperCase() === operand.value);
    return value === undefined ? operand : keepSpan(operand, { ...operand, value });
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
