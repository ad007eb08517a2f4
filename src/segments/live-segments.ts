/** The segments that have members, with their rules ready to evaluate. */
import type { Database } from '#platform/database/database.ts';

import { inlineSegments } from './language/references.ts';
import type { Rule } from './language/tree.ts';
import { readSegmentRule } from './rule.ts';

export interface LiveSegment {
  readonly id: string;
  readonly key: string;
  readonly ruleVersion: number;
  /** As written. */
  readonly rule: Rule;
  /** With the rules of the segments that it names written out, so that no order of evaluation matters. */
  readonly inlined: Rule;
}

/** Every segment that is not archived, in order of id. */
export async function readLiveSegments(db: Database): Promise<readonly LiveSegment[]> {
  const rows = await db.query<{ id: string; key: string; rule: string; ruleVersion: number }>(
    `/* segments.live */
    select id, key, rule, rule_version as "ruleVersion" from segments where archived_at is null order by id`,
  );
  const rules = new Map(rows.map(({ key, rule }) => [key, rememberRule(rule)]));
  return rows.map(({ id, key, ruleVersion }) => {
    const rule = rules.get(key)!;
    return { id, key, ruleVersion, rule, inlined: inlineSegments(rule, (other) => rules.get(other), [key]) };
  });
}

const MAX_REMEMBERED = 1000;
const remembered = new Map<string, Rule>();

/** Stored rules were checked when they were saved; parsing each again for every refresh would cost more than the refresh. */
function rememberRule(text: string): Rule {
  let rule = remembered.get(text);
  if (rule === undefined) {
    rule = readSegmentRule(text);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(text, rule);
  }
  return rule;
}
