/** Traversal of the clauses of a rule. */
import type { EventCondition, EventRule, MembershipRule, Rule, SequenceRule, TestRule } from './tree.ts';

/** A part of a rule that reads data: all but AND, OR, NOT, EVERYONE and NONE. */
export type Clause = TestRule | EventRule | SequenceRule | MembershipRule;

/** Every clause, left to right. */
export function clausesOf(rule: Rule): Clause[] {
  switch (rule.kind) {
    case 'everyone':
    case 'none':
      return [];
    case 'and':
    case 'or':
      return rule.rules.flatMap(clausesOf);
    case 'not':
      return clausesOf(rule.rule);
    case 'test':
    case 'event':
    case 'sequence':
    case 'membership':
      return [rule];
  }
}

/** Conditions of the events of a clause. */
export function conditionsOf(clause: Clause): EventCondition[] {
  if (clause.kind === 'event') return [...clause.conditions];
  if (clause.kind === 'sequence')
    return [clause.first, ...clause.steps].flatMap(({ conditions }) => conditions);
  return [];
}

/** Number of nodes of a rule: operators, clauses and conditions of events. */
export function countNodes(rule: Rule): number {
  switch (rule.kind) {
    case 'everyone':
    case 'none':
      return 1;
    case 'and':
    case 'or':
      return rule.rules.reduce((sum, part) => sum + countNodes(part), 1);
    case 'not':
      return 1 + countNodes(rule.rule);
    case 'test':
    case 'event':
    case 'sequence':
    case 'membership':
      return 1 + conditionsOf(rule).length;
  }
}
