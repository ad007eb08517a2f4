/** What a feature adds to the rule language, as data: attributes, event functions, groups and the customer's place. */

/**
 * `money` is compared in major units; `list` is a list of strings; `date` an instant or, with `precision: 'day'`, a calendar day.
 */
export type ValueType = 'number' | 'money' | 'string' | 'boolean' | 'date' | 'list';

/** A value of the person. Dates are instants; a day of `precision: 'day'` is its ISO text. */
export type RuleValue = number | string | boolean | Date | readonly string[] | null;

/** The one form that the texts of a value have, as they were brought to it when they came in. */
export interface TextForm {
  /** The text in its form; null where the value is never such a text. */
  readonly read: (text: string) => string | null;
  /** What a text must be, after "expected". */
  readonly expected: string;
  /** Texts that `read` knows, from which a slip is told. */
  readonly names?: () => readonly string[];
}

interface ValueDefinition {
  /** snake_case, dots allowed; no reserved word. */
  readonly name: string;
  readonly type: ValueType;
  readonly description: string;
  /** `day` for a column of type `date`, which is read as that day in the time zone of the evaluation. */
  readonly precision?: 'instant' | 'day';
  readonly unit?: string;
  /** Literals outside are refused. */
  readonly range?: { readonly minimum?: number; readonly maximum?: number };
  /** A closed list of values: others are refused. */
  readonly values?: readonly string[];
  /** Whether an enum of the schema has the values in upper case; rules take that spelling too. */
  readonly hasEnum?: boolean;
  /** Rules compare in this form, and other texts are refused. */
  readonly form?: TextForm;
  readonly examples?: readonly string[];
}

/**
 * The kinds of facts that a value is made of, as changes name them: `orders`, `event.product_viewed`, with `*` at the end for
 * all that begin so. Left out, any change of the person may change it.
 */
interface MadeOfFacts {
  readonly changesWith?: readonly string[];
}

/** How the value of an own attribute is read: a date is its ISO text, and `any` a string or a list of strings. */
export type OwnType = 'string' | 'number' | 'boolean' | 'date' | 'list' | 'any';

/** What is known of an attribute that customers carry themselves. */
export interface OwnAttribute {
  readonly key: string;
  /** As declared, else that of all values seen; null where several types are mixed. */
  readonly type: OwnType | null;
  /** Types of the values seen. */
  readonly seenTypes: readonly OwnType[];
  readonly description: string;
  /** A closed list of values: others are refused. */
  readonly values?: readonly string[];
}

/** An own attribute as a rule uses it. */
export interface OwnReference {
  readonly key: string;
  readonly type: OwnType;
}

export interface AttributeDefinition extends ValueDefinition, MadeOfFacts {
  /**
   * Expression over the aliases c (customers) and p (customer_profiles), such as `p.order_count` or a scalar subquery on c.id.
   * Gives numeric for number and money, text, boolean, text[] for list, timestamptz (or date) for date.
   */
  readonly sql: string;
  /** Where the value is a member of a jsonb object: equality is asked by containment, which an index answers. */
  readonly json?: { readonly column: string; readonly key: string };
  /** For a number that counts the time since an instant: tells when it next passes a bound. */
  readonly since?: { readonly sql: string; readonly unitSeconds: number };
  /** Why there is no data yet; a rule that uses it is refused with this sentence. */
  readonly unavailable?: string;
}

export interface EventProperty extends ValueDefinition {
  /** Expression over the aliases of the function's `from` and of `join`. */
  readonly sql: string;
  /** Added to the function's `from` only where the property is used. */
  readonly join?: string;
}

/**
 * Events of one kind. The rule language derives the parameters: `date`, `count`, each property as a filter of rows, and the
 * aggregates `sum_ avg_ min_ max_` of numbers and `distinct_ first_ last_` of every property.
 */
export interface FunctionDefinition extends MadeOfFacts {
  readonly name: string;
  readonly description: string;
  /** Table with alias, such as `orders o`; the aliases c and p are taken. */
  readonly from: string;
  readonly customerId: string;
  /** When it happened, as timestamptz. */
  readonly occurredAt: string;
  /** Unique expression that breaks ties of time for `first_` and `last_`. */
  readonly id: string;
  readonly where?: string;
  readonly properties: readonly EventProperty[];
  /** Name of the property that holds the kind of the event, where the function sees several. */
  readonly kindProperty?: string;
  readonly unavailable?: string;
}

/** Something that customers are in under a key: `IN SEGMENT 'vip'`. In `changesWith`, `{key}` stands for that key. */
export interface GroupDefinition extends MadeOfFacts {
  readonly name: string;
  readonly description: string;
  /** Who is in it now; `at` tells since when. */
  readonly current: GroupSource;
  readonly entered?: GroupSource;
  readonly left?: GroupSource;
  /** A query of the keys that a rule may name, in one column `key`; left out, any may be named. */
  readonly keys?: string;
  readonly unavailable?: string;
}

export interface GroupSource {
  readonly from: string;
  readonly customerId: string;
  /** Text by which a rule names the group. */
  readonly key: string;
  readonly at: string;
  readonly where?: string;
}

/** Where the customer is, in degrees; null where unknown. */
export interface PlaceDefinition extends MadeOfFacts {
  readonly latitude: string;
  readonly longitude: string;
  readonly unavailable?: string;
}

export interface LanguageContribution {
  readonly attributes?: readonly AttributeDefinition[];
  readonly functions?: readonly FunctionDefinition[];
  readonly groups?: readonly GroupDefinition[];
  readonly place?: PlaceDefinition;
  /** The definition of an own attribute of customers, for any key and type. */
  readonly defineOwn?: (own: OwnReference) => AttributeDefinition;
}
