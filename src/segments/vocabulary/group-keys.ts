/**
 * Rules of callers, with all names resolved: keys after `IN SEGMENT` and the like, and custom attributes. Writes
 * nothing.
 */
import type { Database } from '#platform/database/database.ts';

import { dependenciesOf } from '#rule-language/check/dependencies.ts';
import { namesUnknown } from '#rule-language/check/own-names.ts';
import { spellOwnNames } from '#rule-language/check/read-rule.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
import { readOwnAttributes } from './own-attributes.ts';
import { ruleLanguage } from './registry.ts';
import { type GroupKeys, type KnownNames, readSegmentRule } from './rule.ts';

/** @throws {SegmentRuleError} the rule is invalid */
export async function readKnownRule(db: Database, text: string): Promise<Rule> {
  return (await readAndSpell(db, text)).rule;
}

/**
 * The text to store: custom attributes in their exact spelling, so that names added later do not change its meaning.
 * @throws {SegmentRuleError} the rule is invalid
 */
export async function readRuleToStore(db: Database, text: string): Promise<{ text: string; rule: Rule }> {
  return readAndSpell(db, text);
}

async function readAndSpell(db: Database, text: string): Promise<{ text: string; rule: Rule }> {
  const language = ruleLanguage();
  // Custom attributes are read only for a rule that may contain one.
  const ownAttributes = namesUnknown(text, language) ? await readOwnAttributes(db) : [];
  const names: KnownNames = { ownAttributes };
  const rule = readSegmentRule(text, names);
  const keys = await readGroupKeys(db, rule);
  const spelled = ownAttributes.length === 0 ? text : spellOwnNames(text, language, names);
  return { text: spelled, rule: keys.size === 0 ? rule : readSegmentRule(text, { ...names, keys }) };
}

/** Keys of the groups in the rule, in one statement; none without a group. */
async function readGroupKeys(db: Database, rule: Rule): Promise<GroupKeys> {
  const language = ruleLanguage();
  const names = [...new Set(dependenciesOf(rule).groups.map(({ group }) => group))];
  const queries = names.flatMap((name) => {
    const keys = language.groups.get(name)?.keys;
    return keys === undefined ? [] : [{ name, keys }];
  });
  if (queries.length === 0) return new Map();
  // Names come from the registry, which allows only lower-case letters, digits, underscores and dots.
  const rows = await db.query<{ group: string; keys: string[] }>(
    `/* segments.groupKeys */
    ${queries.map(({ name, keys }) => `select '${name}' as "group", array(${keys}) as keys`).join(' union all ')}`,
  );
  return new Map(rows.map(({ group, keys }) => [group, keys]));
}
