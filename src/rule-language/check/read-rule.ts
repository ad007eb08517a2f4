/** Reads a rule: from text to a checked tree or positioned errors. */
import { checkRule, type CheckOptions } from './check.ts';
import { ruleLimits } from '../syntax/limits.ts';
import { locateFault, type RuleError } from '../syntax/errors.ts';
import type { RuleLanguage } from './language.ts';
import { resolveOwnNames } from './own-names.ts';
import { parseRule } from '../syntax/parse.ts';
import { spellValues } from './spell-values.ts';
import type { Rule } from '../syntax/tree.ts';

export type ReadRule =
  | { readonly ok: true; readonly rule: Rule }
  | { readonly ok: false; readonly errors: readonly RuleError[] };

/** Errors in the order of the text; a refused rule has at least one, and at most `ruleLimits.errors`. */
export function readRule(text: string, language: RuleLanguage, options: CheckOptions = {}): ReadRule {
  const parsed = parseRule(text);
  if (!parsed.ok) return parsed;
  const spelled = spellValues(parsed.rule, parsed.spans, language);
  const { rule, spans, faults } = resolveOwnNames(text, spelled.rule, spelled.spans, language, options);
  const errors = [...faults, ...checkRule(rule, spans, language, options)].map((fault) =>
    locateFault(text, fault),
  );
  if (errors.length === 0) return { ok: true, rule };
  const inOrder = errors.toSorted((left, right) => left.offset - right.offset);
  return { ok: false, errors: inOrder.slice(0, ruleLimits.errors) };
}

/** The text with custom attributes in their exact spelling, so that names added later do not change its meaning. */
export function spellOwnNames(text: string, language: RuleLanguage, options: CheckOptions): string {
  const parsed = parseRule(text);
  if (!parsed.ok) return text;
  const { spellings } = resolveOwnNames(text, parsed.rule, parsed.spans, language, options);
  let spelled = '';
  let end = 0;
  for (const { span, name } of spellings) {
    spelled += text.slice(end, span.offset) + name;
    end = span.offset + span.length;
  }
  return spelled + text.slice(end);
}
