/**
 * Reads a rule that comes as a JSON tree instead of text, with the same checks: a tree is valid if parsing its text
 * gives it back.
 */
import { isDeepStrictEqual } from 'node:util';

import type { CheckOptions } from '../check/check.ts';
import { locateFault } from './errors.ts';
import type { RuleLanguage } from '../check/language.ts';
import { printRule } from './print.ts';
import { type ReadRule, readRule } from '../check/read-rule.ts';
import type { Rule } from './tree.ts';

/** Positions of errors refer to the canonical text of the tree. */
export function readRuleTree(tree: unknown, language: RuleLanguage, options: CheckOptions = {}): ReadRule {
  const text = printUnknown(tree);
  if (text === undefined) return refuse('');
  const read = readRule(text, language, options);
  return read.ok && !isDeepStrictEqual(read.rule, tree) ? refuse(text) : read;
}

/** The printer assumes a valid tree; for any other it throws or prints text that does not parse to the tree. */
function printUnknown(tree: unknown): string | undefined {
  try {
    const text: unknown = printRule(tree as Rule);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

function refuse(text: string): ReadRule {
  const span = { offset: 0, length: text.length };
  return { ok: false, errors: [locateFault(text, { message: 'this is no syntax tree of a rule', span })] };
}
