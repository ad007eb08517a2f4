/** A person as plain data, for evaluating rules in memory; it comes from no table. */
import type { RuleValue } from '#rule-language/check/definitions.ts';

export interface Person {
  readonly id: string;
  /** By the attribute's name; what is absent is null. */
  readonly attributes: Readonly<Record<string, RuleValue>>;
  /** Values that the customer carries itself, by key, as JSON has them. */
  readonly own?: Readonly<Record<string, unknown>>;
  /** By the function's name. */
  readonly events: Readonly<Record<string, readonly PersonEvent[]>>;
  /** By the group's name: in which it is now, and since when. */
  readonly memberships?: Readonly<Record<string, readonly { readonly key: string; readonly at: Date }[]>>;
  /** By the group's name: what it entered and left. */
  readonly changes?: Readonly<
    Record<
      string,
      readonly { readonly key: string; readonly change: 'entered' | 'left'; readonly at: Date }[]
    >
  >;
  readonly place?: { readonly latitude: number; readonly longitude: number } | null;
}

export interface PersonEvent {
  /** Breaks ties of time as the function's `id` does. */
  readonly id: string | number;
  readonly date: Date;
  readonly properties: Readonly<Record<string, RuleValue>>;
}
