/** Segments that refer to segments: finding cycles, and writing the rules of others out; stored rules come from the caller. */
import type { Rule } from '../syntax/tree.ts';
import { clausesOf } from '../syntax/walk.ts';

/** The rule of a segment; undefined for one without a rule, such as a list kept by hand. */
export type ResolveSegment = (key: string) => Rule | undefined;

/** Keys of the segments that a rule refers to, each once. */
export function referencedSegments(rule: Rule): readonly string[] {
  const keys = clausesOf(rule).flatMap((clause) =>
    clause.kind === 'membership' && clause.group === 'segment' ? [clause.key] : [],
  );
  return [...new Set(keys)];
}

/**
 * The way by which a segment with this rule would come back to itself, first key and last key equal; undefined if it does not.
 * Cycles that do not pass through the segment are not its fault and are not told.
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
 * Writes `IN SEGMENT 'x'` out as the rule of x, so that one statement answers by the present and not by stored members.
 * What asks for history (FOR, ENTERED, LEFT) and segments without a rule stay as they are.
 * @throws {Error} the rules are in a cycle, which saving them refuses
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
