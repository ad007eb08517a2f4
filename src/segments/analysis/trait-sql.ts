/** Attributes of the rule language as SQL over all customers, for figures about segments. */
import type { Database } from '#platform/database/database.ts';

import { NOW } from '../vocabulary/attributes.ts';
import type { AttributeDefinition, ValueType } from '#rule-language/check/definitions.ts';
import { findOwnDefinition, readOwnDefinitions } from '../vocabulary/own-attributes.ts';
import { ruleLanguage } from '../vocabulary/registry.ts';

/** How figures treat an attribute: along a scale, or value by value. */
export type TraitKind = 'scale' | 'categories';

/** All customers that queries return, under the aliases that attributes use. */
export const PEOPLE = 'customers c left join customer_profiles p on p.customer_id = c.id';
export const LIVING = 'c.merged_into_id is null and c.erased_at is null';

/** Attributes with data, ordered by name: those of the language, then custom ones. */
export async function readTraits(db: Database): Promise<readonly AttributeDefinition[]> {
  const ofLanguage = [...ruleLanguage().attributes.values()]
    .filter(({ unavailable }) => unavailable === undefined)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return [...ofLanguage, ...(await readOwnDefinitions(db))];
}

/** The attribute with data that callers name as in a rule. */
export async function findTrait(db: Database, name: string): Promise<AttributeDefinition | undefined> {
  const ofLanguage = ruleLanguage().attributes.get(name);
  if (ofLanguage !== undefined) return ofLanguage.unavailable === undefined ? ofLanguage : undefined;
  return findOwnDefinition(db, name);
}

const MAX_MAGNITUDE = 1e15;

const scales: ReadonlySet<ValueType> = new Set(['number', 'money', 'date']);

export function kindOf({ type }: AttributeDefinition): TraitKind {
  return scales.has(type) ? 'scale' : 'categories';
}

/** A number on a scale (of an instant the seconds since 1970) as double precision. @param now names a timestamptz parameter */
export function scaleSql({ sql, type, json }: AttributeDefinition, now: string): string {
  const value = sql.replaceAll(NOW, now);
  // Custom attributes may hold any number: squares of larger ones overflow double precision.
  if (json !== undefined && type === 'number')
    return `(case when abs(${value}) <= ${MAX_MAGNITUDE} then ${value} end)::float8`;
  return type === 'date' ? `extract(epoch from ${value})::float8` : `(${value})::float8`;
}

/** All categories of a customer as a text array: empty where the value is unknown. */
export function categoriesSql({ sql, type }: AttributeDefinition, now: string): string {
  const value = sql.replaceAll(NOW, now);
  return type === 'list' ? `(${value})` : `array_remove(array[(${value})::text], null)`;
}
