/** The active segments, with compiled rules. */
import type { Database } from '#platform/database/database.ts';

import { factsOfRule, type RuleFacts } from './fact-index.ts';
import { inlineSegments, referencedSegments } from '#rule-language/check/references.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
import { isTimeDriven, readStoredRule } from '../vocabulary/rule.ts';

export interface ActiveSegment {
  readonly id: string;
  readonly key: string;
  readonly ruleVersion: number;
  /** As written. */
  readonly rule: Rule;
  /** With the rules of the referenced segments inlined; references to history stay. */
  readonly inlined: Rule;
  /** The changes of a customer that can affect it. */
  readonly facts: RuleFacts;
  readonly isTimeDriven: boolean;
  /** Keys of the segments whose history it refers to, which are evaluated first. */
  readonly follows: readonly string[];
}

interface StoredRule {
  readonly id: string;
  readonly key: string;
  readonly rule: string;
  readonly ruleVersion: number;
}

let remembered: { readonly stored: string; readonly segments: readonly ActiveSegment[] } | undefined;

/** Every active segment: by id, but after those whose history it refers to. */
export async function readActiveSegments(db: Database): Promise<readonly ActiveSegment[]> {
  const rows = await db.query<StoredRule>(
    `/* segments.live */
    select id, key, rule, rule_version as "ruleVersion" from segments where archived_at is null order by id`,
  );
  // Parsing every rule again for each refresh would cost more than the refresh.
  const stored = JSON.stringify(rows);
  if (remembered?.stored !== stored) remembered = { stored, segments: prepareSegments(rows) };
  return remembered.segments;
}

function prepareSegments(rows: readonly StoredRule[]): readonly ActiveSegment[] {
  const rules = new Map(rows.map(({ key, rule }) => [key, readStoredRule(rule)]));
  const segments = rows.map(({ id, key, ruleVersion }): ActiveSegment => {
    const rule = rules.get(key)!;
    const inlined = inlineSegments(rule, (other) => rules.get(other), [key]);
    return {
      id,
      key,
      ruleVersion,
      rule,
      inlined,
      facts: factsOfRule(inlined),
      isTimeDriven: isTimeDriven(inlined),
      follows: referencedSegments(inlined),
    };
  });
  return inOrderOfHistory(segments);
}

/** Rules have no cycles, so each iteration finds a segment whose predecessors are all in the order. */
function inOrderOfHistory(segments: readonly ActiveSegment[]): ActiveSegment[] {
  const keys = new Set(segments.map(({ key }) => key));
  const placed: ActiveSegment[] = [];
  let waiting = [...segments];
  const isPlaced = new Set<string>();
  while (waiting.length > 0) {
    const ready = waiting.filter(({ follows }) =>
      follows.every((key) => isPlaced.has(key) || !keys.has(key)),
    );
    placed.push(...ready);
    for (const { key } of ready) isPlaced.add(key);
    waiting = waiting.filter(({ key }) => !isPlaced.has(key));
  }
  return placed;
}
