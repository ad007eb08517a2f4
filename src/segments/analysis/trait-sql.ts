/** Attributes of the rule language as SQL over all people, for figures about segments. Runs no statement. */
import { NOW } from '../attributes.ts';
import type { AttributeDefinition, ValueType } from '../language/definitions.ts';
import { ruleLanguage } from '../registry.ts';

/** How figures treat an attribute: along a scale, or value by value. */
export type TraitKind = 'scale' | 'categories';

/** Everybody who answers queries, under the aliases that attributes take. */
export const PEOPLE = 'customers c left join customer_profiles p on p.customer_id = c.id';
export const LIVING = 'c.merged_into_id is null and c.erased_at is null';

/** Attributes with data, in order of name. */
export function availableTraits(): readonly AttributeDefinition[] {
  return [...ruleLanguage().attributes.values()]
    .filter(({ unavailable }) => unavailable === undefined)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

const scales: ReadonlySet<ValueType> = new Set(['number', 'money', 'date']);

export function kindOf({ type }: AttributeDefinition): TraitKind {
  return scales.has(type) ? 'scale' : 'categories';
}

/** A number on a scale (of an instant the seconds since 1970) as double precision. @param now names a timestamptz parameter */
export function scaleSql({ sql, type }: AttributeDefinition, now: string): string {
  const value = sql.replaceAll(NOW, now);
  return type === 'date' ? `extract(epoch from ${value})::float8` : `(${value})::float8`;
}

/** All categories of a person as a text array: none where the value is unknown. */
export function categoriesSql({ sql, type }: AttributeDefinition, now: string): string {
  const value = sql.replaceAll(NOW, now);
  return type === 'list' ? `(${value})` : `array_remove(array[(${value})::text], null)`;
}
