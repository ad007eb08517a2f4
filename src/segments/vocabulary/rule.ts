/** Compiles rules of segments to SQL over `customers c left join customer_profiles p`. */
import { NOW } from './attributes.ts';
import { SegmentRuleError } from '../errors.ts';
import { compileRule as compileTree } from '#rule-language/sql/compile.ts';
import { tellWork } from '#rule-language/check/check.ts';
import type { OwnAttribute } from '#rule-language/check/definitions.ts';
import { dependenciesOf } from '#rule-language/check/dependencies.ts';
import { compileEvidence } from '#rule-language/sql/evidence.ts';
import type { Explanation } from '#rule-language/sql/explain.ts';
import { ageOf, compileNextTransition as compileNextMoment } from '#rule-language/sql/next-transition.ts';
import { locateFault } from '#rule-language/syntax/errors.ts';
import { ruleLimits } from '#rule-language/syntax/limits.ts';
import { readRule } from '#rule-language/check/read-rule.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
import { type Clause, clausesOf } from '#rule-language/syntax/walk.ts';
import { workOf } from '#rule-language/check/work.ts';
import { ruleLanguage } from './registry.ts';

/** Valid keys by group; a group that is missing accepts any key. */
export type GroupKeys = ReadonlyMap<string, readonly string[]>;

export interface RuleOptions {
  /** Reference of relative dates and ages. */
  readonly now: Date;
  /** Number of the first parameter; 1 by default. */
  readonly firstParameter?: number;
  /** `few` where the statement restricts c.id to some customers; the meaning is the same. */
  readonly scope?: 'all' | 'few';
}

export interface CompiledRule {
  /** One boolean expression; null means false. Equal rules have equal text at any time. */
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface CompiledReasons extends CompiledRule {
  /** @param evidence the value of the expression for one customer */
  readonly explain: (evidence: unknown) => Explanation;
}

export interface KnownNames {
  /** Valid keys of groups; in groups that are missing, an unknown key has no members. */
  readonly keys?: GroupKeys;
  /** Custom attributes; none by default. */
  readonly ownAttributes?: readonly OwnAttribute[];
}

/** @throws {SegmentRuleError} the rule is invalid, with the position of every error */
export function readSegmentRule(text: string, { keys, ownAttributes = [] }: KnownNames = {}): Rule {
  const read = readRule(text, ruleLanguage(), { groupKeys: (group) => keys?.get(group), ownAttributes });
  if (!read.ok) throw new SegmentRuleError(read.errors);
  return read.rule;
}

/**
 * A rule that was checked when it was saved. Its budget and its custom attributes are not checked again: both may have
 * changed since.
 */
export function readStoredRule(text: string): Rule {
  const read = readRule(text, ruleLanguage(), {
    isStored: true,
    maxWork: Number.POSITIVE_INFINITY,
    ownAttributes: 'any',
  });
  if (!read.ok) throw new SegmentRuleError(read.errors);
  return read.rule;
}

/**
 * Checks the budget of work of the rule with its segments inlined.
 * @param text where the error is marked
 * @param user key of the segment of the rule, where it is not the one of the text
 * @throws {SegmentRuleError} it exceeds the budget
 */
export function checkWork(
  text: string,
  rule: Rule,
  ruleOf: (key: string) => Rule | undefined,
  user?: string,
): void {
  const work = workOf(rule, ruleOf);
  if (work <= ruleLimits.work) return;
  const where = user === undefined ? '' : `segment '${user}', which names this one: `;
  const message = `${where}${tellWork(work)}; segments that it names count in full`;
  throw new SegmentRuleError([locateFault(text, { message, span: { offset: 0, length: text.length } })]);
}

/** @throws {SegmentRuleError} the text is invalid. */
export function compileRule(rule: string | Rule, options: RuleOptions): CompiledRule {
  const tree = typeof rule === 'string' ? readStoredRule(rule) : rule;
  const { text, params } = compileTree(tree, ruleLanguage(), options);
  return bindNow(text, params, options);
}

/** One jsonb expression with the outcome of each clause for a customer. */
export function compileReasons(rule: Rule, options: RuleOptions): CompiledReasons {
  const { text, params, explain } = compileEvidence(rule, ruleLanguage(), options);
  return { ...bindNow(text, params, options), explain };
}

/** Whether the passing of time alone can change the members. */
export function isTimeDriven(rule: Rule): boolean {
  const { attributes, dependsOnTime } = dependenciesOf(rule);
  const language = ruleLanguage();
  return dependsOnTime || attributes.some((name) => language.attributes.get(name)?.sql.includes(NOW));
}

/**
 * When time alone may next change whether a customer matches the rule, as a timestamptz expression, null for never.
 * Itself null where that cannot be computed, because the rule reads the clock in some other way.
 */
export function compileNextTransition(rule: Rule, options: RuleOptions): CompiledRule | null {
  const language = ruleLanguage();
  const isUnforeseeable = clausesOf(rule).some(
    (clause) =>
      ageOf(clause, language) === undefined &&
      attributesOf(clause).some((name) => language.attributes.get(name)?.sql.includes(NOW)),
  );
  if (isUnforeseeable) return null;
  const { text, params } = compileNextMoment(rule, language, options);
  return bindNow(text, params, options);
}

function attributesOf(clause: Clause): readonly string[] {
  return dependenciesOf(clause).attributes;
}

function bindNow(
  text: string,
  parameters: readonly unknown[],
  { now, firstParameter = 1 }: RuleOptions,
): CompiledRule {
  // Texts of users are parameters, so the placeholder can only come from a definition.
  if (!text.includes(NOW)) return { sql: text, parameters };
  const place = `$${firstParameter + parameters.length}::timestamptz`;
  return { sql: text.replaceAll(NOW, place), parameters: [...parameters, now.toISOString()] };
}
