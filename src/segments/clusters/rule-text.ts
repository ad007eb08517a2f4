/** Boxes of traits as a rule of the segment language, checked by its own parser. */
import { NOW } from '../vocabulary/attributes.ts';
import type { AttributeDefinition } from '#rule-language/check/definitions.ts';
import { printRule } from '#rule-language/syntax/print.ts';
import { readRule } from '#rule-language/check/read-rule.ts';
import type { Comparator, Literal, Rule } from '#rule-language/syntax/tree.ts';
import { ruleLanguage } from '../vocabulary/registry.ts';
import type { Box, TraitRange } from './equivalent-rule.ts';

const DAY_MS = 86_400_000;

export interface RuleContext {
  /** Names of attributes, in the order of the boxes' trait indexes. */
  readonly traits: readonly string[];
  /** Names of boolean traits: 1 or 0. */
  readonly booleans?: ReadonlySet<string>;
  /** Per trait whether a value is missing anywhere: only then does the rule mention it. */
  readonly hasMissing: readonly boolean[];
  /** Filter rule of the computation. */
  readonly filter: Rule;
  /** ISO day to whose start ages were counted; null for the present. */
  readonly asOfOn: string | null;
}

/** Customers who match the filter and are in one of the boxes; null where no boxes, or no rule, can express it. */
export function printBoxes(boxes: readonly Box[], context: RuleContext): string | null {
  if (boxes.length === 0) return null;
  const alternatives = boxes.map((box) =>
    joined(
      'and',
      box.flatMap((range) => rangeRules(range, context)),
    ),
  );
  const within = alternatives.some(({ kind }) => kind === 'everyone') ? everyone : joined('or', alternatives);
  const text = printRule(joined('and', [context.filter, within]));
  return readRule(text, ruleLanguage(), { ownAttributes: 'any' }).ok ? text : null;
}

/** Whether the trait counts time since an instant, so that it grows every day. */
export function isAge({ sql }: AttributeDefinition): boolean {
  return sql.includes(NOW);
}

const everyone: Rule = { kind: 'everyone' };

function joined(kind: 'and' | 'or', rules: readonly Rule[]): Rule {
  const parts = rules
    .filter((rule) => rule.kind !== 'everyone')
    .flatMap((rule) => (rule.kind === kind ? rule.rules : [rule]));
  if (parts.length === 0) return everyone;
  return parts.length === 1 ? parts[0]! : { kind, rules: parts };
}

function rangeRules(range: TraitRange, { traits, booleans, hasMissing, asOfOn }: RuleContext): Rule[] {
  const name = traits[range.trait]!;
  const instant = asOfOn === null ? undefined : instantBehind(name);
  const test = (operator: Comparator, bound: number): Rule =>
    instant === undefined
      ? compare(name, operator, { kind: 'number', value: bound })
      : compare(instant, operator === '>' ? '<' : '>=', dayBefore(asOfOn!, bound));
  const isBoolean = booleans?.has(name) === true;
  const bounds = isBoolean
    ? truthOf(range).map((value) => compare(name, '=', { kind: 'boolean', value }))
    : [
        ...(range.above === null ? [] : [test('>', range.above)]),
        ...(range.atMost === null ? [] : [test('<=', range.atMost)]),
      ];
  if (!range.includesMissing || !hasMissing[range.trait]) return bounds;
  const missing: Rule = {
    kind: 'test',
    subject: { kind: 'attribute', name: instant ?? name },
    predicate: { kind: 'null', negated: false },
  };
  return [joined('or', [joined('and', bounds), missing])];
}

/** The boolean (true is 1, false is 0) in the range, where only one is. */
function truthOf({ above, atMost }: TraitRange): boolean[] {
  const holds = (value: number): boolean =>
    (above === null || value > above) && (atMost === null || value <= atMost);
  return holds(1) === holds(0) ? [] : [holds(1)];
}

function compare(name: string, operator: Comparator, value: Literal): Rule {
  return {
    kind: 'test',
    subject: { kind: 'attribute', name },
    predicate: { kind: 'compare', operator, value },
  };
}

/** Ages to a fixed day do not change: the rule then compares the instant that they are counted from. */
function instantBehind(name: string): string | undefined {
  const { attributes } = ruleLanguage();
  const since = attributes.get(name)?.since?.sql;
  return attributes.values().find(({ type, sql }) => type === 'date' && sql === since)?.name;
}

function dayBefore(asOfOn: string, days: number): Literal {
  const text = new Date(Date.parse(asOfOn) - days * DAY_MS).toISOString().slice(0, 10);
  return { kind: 'date', form: { kind: 'absolute', text }, zone: null };
}
