/** Why a rule matches or not: the decisive clauses, with the customer's values. The caller provides the outcomes. */
import type { RuleLanguage } from '../check/language.ts';
import { printLiteral, printRule } from '../syntax/print.ts';
import type { Rule } from '../syntax/tree.ts';
import type { Clause } from '../syntax/walk.ts';

/** A value as JSON has it: dates are ISO text. */
export type EvidenceValue = string | number | boolean | readonly string[] | null;

export interface ClauseOutcome {
  readonly holds: boolean;
  /** By the name of the attribute or parameter. */
  readonly values: Readonly<Record<string, EvidenceValue>>;
}

export interface ClauseReason extends ClauseOutcome {
  readonly clause: string;
  /** One sentence: the clause, whether it matches, and the values. */
  readonly text: string;
}

export interface Explanation {
  readonly matches: boolean;
  readonly reasons: readonly ClauseReason[];
}

/** The reasons are sufficient: the same outcomes of these clauses always give this result. */
export function explainRule(
  rule: Rule,
  outcomeOf: (clause: Clause) => ClauseOutcome,
  language: RuleLanguage,
): Explanation {
  switch (rule.kind) {
    case 'everyone':
    case 'none':
      return { matches: rule.kind === 'everyone', reasons: [] };
    case 'not': {
      const { matches, reasons } = explainRule(rule.rule, outcomeOf, language);
      return { matches: !matches, reasons };
    }
    case 'and':
    case 'or': {
      const parts = rule.rules.map((part) => explainRule(part, outcomeOf, language));
      const isOr = rule.kind === 'or';
      // One operand decides an OR that matches and an AND that does not; for the opposite results all operands are
      // needed.
      const deciding = parts.filter(({ matches }) => matches === isOr);
      const isDecided = deciding.length > 0;
      return {
        matches: isDecided === isOr,
        reasons: (isDecided ? deciding : parts).flatMap(({ reasons }) => reasons),
      };
    }
    default: {
      const outcome = outcomeOf(rule);
      const clause = printRule(rule);
      return {
        matches: outcome.holds,
        reasons: [{ ...outcome, clause, text: describe(clause, outcome, rule, language) }],
      };
    }
  }
}

function describe(
  clause: string,
  { holds, values }: ClauseOutcome,
  rule: Clause,
  language: RuleLanguage,
): string {
  const told = Object.entries(values).map(([name, value]) => {
    if (value === null) return `${name} has no value`;
    const unit = unitOf(rule, name, language);
    return `${name} is ${describeValue(value)}${unit === undefined ? '' : ` ${unit}`}`;
  });
  const verdict = holds ? clause : `${clause} does not hold`;
  return told.length === 0 ? verdict : `${verdict}: ${told.join(', ')}`;
}

function unitOf(rule: Clause, name: string, language: RuleLanguage): string | undefined {
  if (rule.kind === 'event') {
    const parameter = language.functions.get(rule.function)?.parameters.get(name);
    return parameter?.type === 'number' && parameter.aggregate === 'distinct'
      ? undefined
      : parameter?.property?.unit;
  }
  return language.attributes.get(name)?.unit;
}

function describeValue(value: Exclude<EvidenceValue, null>): string {
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.join(', ');
  if (typeof value === 'number') return String(Number(value.toFixed(2)));
  return typeof value === 'boolean' ? printLiteral({ kind: 'boolean', value }) : String(value);
}
