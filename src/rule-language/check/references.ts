/** References between segments: finds cycles and inlines referenced rules. The caller provides the stored rules. */
import type { Rule } from '../syntax/tree.ts';
import { clausesOf } from '../syntax/walk.ts';

/** The rule of a segment; undefined for one without a rule, such as a customer list. */
export type ResolveSegment = (key: string) => Rule | undefined;

/** Keys of the segments that a rule refers to, without duplicates. */
export function referencedSegments(rule: Rule): readonly string[] {
  const keys = clausesOf(rule).flatMap((clause) =>
    clause.kind === 'membership' && clause.group === 'segment' ? [clause.key] : [],
  );
  return [...new Set(keys)];
}

/**
 * The cycle through a segment with this rule, with the same first and last key; undefined if there is none. Other
 * cycles are not reported.
 */
export function findSegmentCycle(
  key: string,
  rule: Rule,
  resolve: ResolveSegment,
): readonly string[] | undefined {
  const visited = new Set<string>();
  const search = (rule: Rule, path: readonly string[]): readonly string[] | undefined => {
    for (const next of referencedSegments(rule)) {
      if (next === key) return [...path, next];
      if (visited.has(next)) continue;
      visited.add(next);
      const nextRule = resolve(next);
      const cycle = nextRule === undefined ? undefined : search(nextRule, [...path, next]);
      if (cycle !== undefined) return cycle;
    }
    return undefined;
  };
  return search(rule, [key]);
}

/**
 * Replaces `IN SEGMENT 'x'` by the rule of x, so that a statement reads the present instead of stored members.
 * References to history (FOR, ENTERED, LEFT) and segments without a rule stay unchanged.
 * @throws {Error} the rules have a cycle, which saving refuses
 */
export function inlineSegments(rule: Rule, resolve: ResolveSegment, path: readonly string[] = []): Rule {
  switch (rule.kind) {
    case 'and':
    case 'or':
      return { kind: rule.kind, rules: rule.rules.map((part) => inlineSegments(part, resolve, path)) };
    case 'not':
      return { kind: 'not', rule: inlineSegments(rule.rule, resolve, path) };
    case 'membership': {
      const { change, group, key, period } = rule;
      const inner = group === 'segment' && change === 'in' && period === null ? resolve(key) : undefined;
      if (inner === undefined) return rule;
      if (path.includes(key)) throw new Error(`segments in a cycle: ${[...path, key].join(' -> ')}`);
      return inlineSegments(inner, resolve, [...path, key]);
    }
    default:
      return rule;
  }
}
