/** The keys that rules may name after `IN SEGMENT`, `IN LIST` and the like. Writes nothing. */
import type { Database } from '#platform/database/database.ts';

import { dependenciesOf } from './language/dependencies.ts';
import type { Rule } from './language/tree.ts';
import { ruleLanguage } from './registry.ts';
import { type GroupKeys, readSegmentRule } from './rule.ts';

/** A rule of a caller, whose names are all known. @throws {SegmentRuleError} the rule cannot be used */
export async function readKnownRule(db: Database, text: string): Promise<Rule> {
  const rule = readSegmentRule(text);
  const keys = await readGroupKeys(db, rule);
  return keys.size === 0 ? rule : readSegmentRule(text, keys);
}

/** Keys of the groups that the rule names, in one statement; none where it names no group. */
async function readGroupKeys(db: Database, rule: Rule): Promise<GroupKeys> {
  const language = ruleLanguage();
  const names = [...new Set(dependenciesOf(rule).groups.map(({ group }) => group))];
  const queries = names.flatMap((name) => {
    const keys = language.groups.get(name)?.keys;
    return keys === undefined ? [] : [{ name, keys }];
  });
  if (queries.length === 0) return new Map();
  // Names come from the registry, which admits only lower-case letters, digits, underscores and dots.
  const rows = await db.query<{ group: string; keys: string[] }>(
    `/* segments.groupKeys */
    ${queries.map(({ name, keys }) => `select '${name}' as "group", array(${keys}) as keys`).join(' union all ')}`,
  );
  return new Map(rows.map(({ group, keys }) => [group, keys]));
}
