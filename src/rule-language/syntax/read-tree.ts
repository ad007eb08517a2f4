/** Reads a rule that comes as a tree of JSON instead of text, by the same checks: a tree is one exactly if its text gives it back. */
import { isDeepStrictEqual } from 'node:util';

import type { CheckOptions } from '../check/check.ts';
import { locateFault } from './errors.ts';
import type { RuleLanguage } from '../check/language.ts';
import { printRule } from './print.ts';
import { type ReadRule, readRule } from '../check/read-rule.ts';
import type { Rule } from './tree.ts';

/** Errors are placed in the canonical text of the tree. */
export function readRuleTree(tree: unknown, language: RuleLanguage, options: CheckOptions = {}): ReadRule {
  const text = printUnknown(tree);
  if (text === undefined) return refuse('');
  const read = readRule(text, language, options);
  return read.ok && !isDeepStrictEqual(read.rule, tree) ? refuse(text) : read;
}

/** The printer trusts its tree; with any other it throws or writes text that does not give the tree back. */
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
