/** The syntax tree of a segment rule: plain JSON without positions, so that equal rules have equal trees. */
import type { OwnReference } from '../check/definitions.ts';

export type Rule =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and' | 'or'; readonly rules: readonly Rule[] }
  | { readonly kind: 'not'; readonly rule: Rule }
  | TestRule
  | EventRule
  | SequenceRule
  | MembershipRule;

/** One value of the customer and a predicate. */
export interface TestRule {
  readonly kind: 'test';
  readonly subject: Subject;
  readonly predicate: Predicate;
}

/** Whether the customer's events that pass the row conditions also pass the aggregate conditions. */
export interface EventRule {
  readonly kind: 'event';
  readonly function: string;
  readonly conditions: readonly EventCondition[];
  readonly negated: boolean;
}

export interface EventCondition {
  readonly parameter: string;
  readonly predicate: Predicate;
}

/** An event, then steps, each after the one before it; only the last step may be negated. */
export interface SequenceRule {
  readonly kind: 'sequence';
  readonly first: SequenceEvent;
  readonly steps: readonly SequenceStep[];
}

export interface SequenceEvent {
  readonly function: string;
  readonly conditions: readonly EventCondition[];
}

export interface SequenceStep extends SequenceEvent {
  readonly negated: boolean;
  readonly within: Duration | null;
}

/** Being in a group (for at least a time), or having entered or left it (within a time). */
export interface MembershipRule {
  readonly kind: 'membership';
  readonly change: 'in' | 'entered' | 'left';
  readonly group: string;
  readonly key: string;
  readonly period: Duration | null;
}

export type Subject =
  | AttributeReference
  | { readonly kind: 'length'; readonly name: string; readonly own?: OwnReference }
  | { readonly kind: 'bucket'; readonly salt: string }
  | { readonly kind: 'distance'; readonly latitude: number; readonly longitude: number };

export interface AttributeReference {
  readonly kind: 'attribute';
  readonly name: string;
  /** Set when the rule is read, if the name is that of a custom attribute. */
  readonly own?: OwnReference;
}

export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type TextOperator = 'contains' | 'starts_with' | 'ends_with' | 'matches_regex';

export type Predicate =
  | { readonly kind: 'compare'; readonly operator: Comparator; readonly value: Operand }
  | { readonly kind: 'in'; readonly values: readonly Literal[]; readonly negated: boolean }
  | { readonly kind: 'between'; readonly low: Operand; readonly high: Operand; readonly negated: boolean }
  | {
      readonly kind: 'text';
      readonly operator: TextOperator;
      readonly value: StringLiteral;
      readonly negated: boolean;
    }
  | {
      readonly kind: 'has';
      readonly quantifier: 'any' | 'all';
      readonly values: readonly StringLiteral[];
      readonly negated: boolean;
    }
  | { readonly kind: 'null'; readonly negated: boolean }
  | {
      readonly kind: 'anniversary';
      readonly direction: 'next' | 'last';
      readonly period: Duration;
      readonly negated: boolean;
    };

export type Operand = Literal | AttributeReference;
export type Literal = StringLiteral | NumberLiteral | BooleanLiteral | DateLiteral;

export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
}
export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
}
export interface BooleanLiteral {
  readonly kind: 'boolean';
  readonly value: boolean;
}

/** A date or period as written; `zone` overrides the time zone of the evaluation. */
export interface DateLiteral {
  readonly kind: 'date';
  readonly form: DateForm;
  readonly zone: string | null;
}

export type DateForm =
  /** '2024-01-31', '2024-01', '2024-01-31T10:00:00' (local to the zone) or with Z or an offset. */
  | { readonly kind: 'absolute'; readonly text: string }
  | { readonly kind: 'relative'; readonly amount: number; readonly unit: TimeUnit }
  | { readonly kind: 'named'; readonly name: 'today' | 'yesterday' | 'tomorrow' | 'now' }
  | { readonly kind: 'calendar'; readonly which: 'last' | 'this' | 'next'; readonly unit: CalendarUnit };

/** Hours, days, weeks, months, years. */
export type TimeUnit = 'h' | 'd' | 'w' | 'm' | 'y';
export type CalendarUnit = 'week' | 'month' | 'quarter' | 'year';

export interface Duration {
  readonly amount: number;
  readonly unit: TimeUnit;
}
