/** Reads traits of people as columns of numbers. Prepares nothing. */
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError } from '#platform/errors.ts';

import { NOW } from '../attributes.ts';
import type { AttributeDefinition } from '../language/definitions.ts';
import { nearestName } from '../language/nearest.ts';
import type { Rule } from '../language/tree.ts';
import { ruleLanguage } from '../registry.ts';
import { compileRule } from '../rule.ts';

export interface PeopleTraits {
  /** By id. */
  readonly customerIds: readonly string[];
  /** One per trait, NaN where missing. */
  readonly columns: readonly Float64Array[];
}

/** The attributes of these names. @throws {InvalidInputError} one of them is not a number or an amount of money */
export function readTraitNames(names: readonly string[]): AttributeDefinition[] {
  const known = [...ruleLanguage().attributes.values()].filter(isTrait);
  return names.map((name, index) => {
    const found = known.find((definition) => definition.name === name);
    if (found !== undefined) return found;
    const options = known.map((definition) => definition.name);
    const nearest = nearestName(name, options);
    const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    throw new InvalidInputError(
      `traits.${index}`,
      `expected a number or an amount of the rule language: ${options.join(', ')}.${hint}`,
    );
  });
}

function isTrait({ type, unavailable }: AttributeDefinition): boolean {
  return (type === 'number' || type === 'money') && unavailable === undefined;
}

/** Of everybody who follows the rule; ages count up to `asOf`. Visits every shard. */
export async function readPeopleTraits(
  db: Database,
  names: readonly string[],
  filter: Rule,
  { now, asOf }: { readonly now: Date; readonly asOf: Date },
): Promise<PeopleTraits> {
  const { sql, parameters } = compileRule(filter, { now, firstParameter: 2 });
  const traits = readTraitNames(names).map(
    (trait, index) => `(${trait.sql.replaceAll(NOW, '$1::timestamptz')})::double precision as t${index}`,
  );
  const rows = await db.queryOnce<Readonly<Record<string, number | string | null>>>(
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
