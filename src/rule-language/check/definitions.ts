/**
 * Contributions of a feature to the rule language, as data: attributes, event functions, groups and the customer's
 * location.
 */

/**
 * `money` is compared in major units; `list` is a list of strings; `date` an instant or, with `precision: 'day'`, a calendar day.
 */
export type ValueType = 'number' | 'money' | 'string' | 'boolean' | 'date' | 'list';

/** A value of a customer. Dates are instants; a day of `precision: 'day'` is its ISO text. */
export type RuleValue = number | string | boolean | Date | readonly string[] | null;

/** Normal form of the texts of a value, the same as when they were imported. */
export interface TextForm {
  /** The text in normal form; null where it is not valid. */
  readonly read: (text: string) => string | null;
  /** The expected form, for messages: follows "expected". */
  readonly expected: string;
  /** Texts that `read` knows, for spelling suggestions. */
  readonly names?: () => readonly string[];
}

interface ValueDefinition {
  /** snake_case, dots allowed; not a reserved word. */
  readonly name: string;
  readonly type: ValueType;
  readonly description: string;
  /** `day` for a column of type `date`, which means that day in the time zone of the evaluation. */
  readonly precision?: 'instant' | 'day';
  readonly unit?: string;
  /** Literals outside of it are refused. */
  readonly range?: { readonly minimum?: number; readonly maximum?: number };
  /** A closed list of values: others are refused. */
  readonly values?: readonly string[];
  /** Whether an enum of the schema has the values in upper case; rules accept that spelling too. */
  readonly hasEnum?: boolean;
  /** Rules compare in normal form, and refuse invalid texts. */
  readonly form?: TextForm;
  readonly examples?: readonly string[];
}

/**
 * The kinds of facts that the value is derived from, as changes name them: `orders`, `event.product_viewed`, with a
 * trailing `*` for a prefix. Without it, any change of the customer may change the value.
 */
interface MadeOfFacts {
  readonly changesWith?: readonly string[];
}

/** How the value of a custom attribute is read: a date is its ISO text, and `any` a string or a list of strings. */
export type OwnType = 'string' | 'number' | 'boolean' | 'date' | 'list' | 'any';

/** Type and values of a custom attribute of customers. */
export interface OwnAttribute {
  readonly key: string;
  /** As declared, else of all values seen; null where several types are mixed. */
  readonly type: OwnType | null;
  /** Types of the values seen. */
  readonly seenTypes: readonly OwnType[];
  readonly description: string;
  /** A closed list of values: others are refused. */
  readonly values?: readonly string[];
}

/** A custom attribute in a rule. */
export interface OwnReference {
  readonly key: string;
  readonly type: OwnType;
}

export interface AttributeDefinition extends ValueDefinition, MadeOfFacts {
  /**
   * Expression over the aliases c (customers) and p (customer_profiles), such as `p.order_count` or a scalar subquery
   * on c.id. Its type is numeric for number and money, text, boolean, text[] for list, timestamptz (or date) for date.
   */
  readonly sql: string;
  /**
   * Set where the value is a member of a jsonb object: equality is then tested by containment, which can use an index.
   */
  readonly json?: { readonly column: string; readonly key: string };
  /** For a number that counts the time since an instant: computes when it next passes a bound. */
  readonly since?: { readonly sql: string; readonly unitSeconds: number };
  /** Why there is no data yet; a rule that uses it is refused with this message. */
  readonly unavailable?: string;
}

export interface EventProperty extends ValueDefinition {
  /** Expression over the aliases of the function's `from` and of `join`. */
  readonly sql: string;
  /** Added to the function's `from` only if a rule uses the property. */
  readonly join?: string;
}

/**
 * Events of one kind. The rule language derives the parameters: `date`, `count`, each property as a filter of rows, and
 * the aggregates `sum_ avg_ min_ max_` of numbers and `distinct_ first_ last_` of every property.
 */
export interface FunctionDefinition extends MadeOfFacts {
  readonly name: string;
  readonly description: string;
  /** Table with alias, such as `orders o`; the aliases c and p are reserved. */
  readonly from: string;
  readonly customerId: string;
  /** Time of the event, as timestamptz. */
  readonly occurredAt: string;
  /** Unique expression that breaks ties of time for `first_` and `last_`. */
  readonly id: string;
  readonly where?: string;
  readonly properties: readonly EventProperty[];
  /** Property with the kind of the event, for a function of several kinds. */
  readonly kindProperty?: string;
  readonly unavailable?: string;
}

/** A group of customers that has a key: `IN SEGMENT 'vip'`. In `changesWith`, `{key}` is a placeholder for that key. */
export interface GroupDefinition extends MadeOfFacts {
  readonly name: string;
  readonly description: string;
  /** Current members; `at` is the time of entry. */
  readonly current: GroupSource;
  readonly entered?: GroupSource;
  readonly left?: GroupSource;
  /** A query of the valid keys, in one column `key`; without it, every key is valid. */
  readonly keys?: string;
  readonly unavailable?: string;
}

export interface GroupSource {
  readonly from: string;
  readonly customerId: string;
  /** Text of the group's key in a rule. */
  readonly key: string;
  readonly at: string;
  readonly where?: string;
}

/** Location of the customer, in degrees; null where unknown. */
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
  /** Definition of a custom attribute of customers, for any key and type. */
  readonly defineOwn?: (own: OwnReference) => AttributeDefinition;
}
