/** Reads traits of customers as columns of numbers. */
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError } from '#platform/errors.ts';

import { NOW } from '../vocabulary/attributes.ts';
import type { AttributeDefinition, OwnAttribute } from '#rule-language/check/definitions.ts';
import { suggestName } from '#rule-language/check/spelling-suggestion.ts';
import { findOwn, keyOfOwnName } from '#rule-language/check/own-names.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
import { defineOwnAttribute, readOwnAttributes } from '../vocabulary/own-attributes.ts';
import { ruleLanguage } from '../vocabulary/registry.ts';
import { compileRule } from '../vocabulary/rule.ts';

export interface CustomerTraits {
  /** By id. */
  readonly customerIds: readonly string[];
  /** One per trait, NaN where missing. */
  readonly columns: readonly Float64Array[];
}

/**
 * The attributes of these names: numbers and amounts of the language, custom numbers and booleans, in their exact
 * spelling.
 * @throws {InvalidInputError} one of them is none of these
 */
export async function readTraits(db: Database, names: readonly string[]): Promise<AttributeDefinition[]> {
  const ofLanguage = [...ruleLanguage().attributes.values()].filter(isTrait);
  const isKnown = (name: string): boolean => ofLanguage.some((definition) => definition.name === name);
  const own = names.every(isKnown) ? [] : await readOwnAttributes(db);
  return names.map((name, index) => {
    const found = ofLanguage.find((definition) => definition.name === name) ?? findOwnTrait(name, own);
    if (found !== undefined) return found;
    const options = [
      ...ofLanguage.map((definition) => definition.name),
      ...own.filter(({ type }) => type === 'number' || type === 'boolean').map(({ key }) => key),
    ];
    const nearest = suggestName(name, options);
    const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    throw new InvalidInputError(
      `traits.${index}`,
      `expected a number or an amount of the rule language, or a number or boolean that customers carry: ${options.join(', ')}.${hint}`,
    );
  });
}

function findOwnTrait(name: string, own: readonly OwnAttribute[]): AttributeDefinition | undefined {
  const [found] = findOwn(name, own);
  if (found === undefined || (found.type !== 'number' && found.type !== 'boolean')) return undefined;
  return { ...defineOwnAttribute({ key: found.key, type: found.type }), description: found.description };
}

/** A stored trait, whatever type its values have by now. */
function readStoredTrait(name: string): string {
  const key = keyOfOwnName(name);
  if (key === undefined) return ruleLanguage().attributes.get(name)!.sql;
  const number = defineOwnAttribute({ key, type: 'number' }).sql;
  // Custom attributes may hold any number: squares of larger ones overflow double precision.
  return `coalesce(case when abs(${number}) <= 1e15 then ${number} end, (${defineOwnAttribute({ key, type: 'boolean' }).sql})::integer)`;
}

function isTrait({ type, unavailable }: AttributeDefinition): boolean {
  return (type === 'number' || type === 'money') && unavailable === undefined;
}

/** Of all customers who match the rule; ages are counted to `asOf`. Visits every shard. */
export async function readCustomerTraits(
  db: Database,
  names: readonly string[],
  filter: Rule,
  { now, asOf }: { readonly now: Date; readonly asOf: Date },
): Promise<CustomerTraits> {
  const { sql, parameters } = compileRule(filter, { now, firstParameter: 2 });
  const traits = names.map(
    (name, index) =>
      `(${readStoredTrait(name).replaceAll(NOW, '$1::timestamptz')})::double precision as t${index}`,
  );
  const rows = await db.queryUnprepared<Readonly<Record<string, number | string | null>>>(
    `/* clusters.traits */
    select c.id, ${traits.join(', ')}
    from customers c
    left join customer_profiles p on p.customer_id = c.id
    where c.merged_into_id is null and c.erased_at is null and $1::timestamptz is not null and (${sql})
    order by c.id`,
    [asOf, ...parameters],
  );
  return {
    customerIds: rows.map((row) => row['id'] as string),
    columns: names.map((_, index) =>
      Float64Array.from(rows, (row) => (row[`t${index}`] ?? Number.NaN) as number),
    ),
  };
}
