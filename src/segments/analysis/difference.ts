/** Traits that differ between two groups of customers, with effect sizes. Writes nothing. */
import type { Database } from '#platform/database/database.ts';

import type { AttributeDefinition } from '#rule-language/check/definitions.ts';
import { categoriesSql, kindOf, LIVING, PEOPLE, readTraits, scaleSql } from './trait-sql.ts';

export interface TraitDifference {
  readonly attribute: AttributeDefinition;
  /** Null for a number: the figures are then means, else shares of the customers with this value, 0 to 1. */
  readonly value: string | null;
  /** Customers of both groups with the value; null where it is null. */
  readonly count: number | null;
  readonly figureOfA: number | null;
  readonly figureOfB: number | null;
  /** Cohen's d of means, Cohen's h of shares: 0.2 is small, 0.5 medium, 0.8 large; positive if A is higher. */
  readonly effectSize: number;
}

/** Values compared per attribute, most frequent first. */
const MAX_CATEGORIES = 20;

/**
 * Largest effect first, in three statements.
 * @param otherId the second segment; null compares with all customers outside the first
 */
export async function readDifferences(
  db: Database,
  segmentId: string,
  otherId: string | null,
  now: Date,
): Promise<readonly TraitDifference[]> {
  const traits = await readTraits(db);
  const differences = [
    ...(await differencesOfScales(
      db,
      traits.filter((trait) => kindOf(trait) === 'scale'),
      segmentId,
      otherId,
      now,
    )),
    ...(await differencesOfCategories(
      db,
      traits.filter((trait) => kindOf(trait) === 'categories'),
      segmentId,
      otherId,
      now,
    )),
  ];
  return differences.toSorted((left, right) => Math.abs(right.effectSize) - Math.abs(left.effectSize));
}

/** Most attributes do not read the clock, but the parameter must be used. */
const asked = 'asked as (select $3::timestamptz as at)';

/** Members of A ($1) and of B ($2), which may overlap. */
const sides = `sides as (
      select customer_id, true as is_a from segment_memberships where segment_id = $1
      union all
      select customer_id, false from segment_memberships where segment_id = $2::uuid
      union all
      select id, false from customers
      where $2::uuid is null
        and not exists (select from segment_memberships where segment_id = $1 and customer_id = customers.id)
    )`;

interface Moments {
  readonly count: number;
  readonly mean: number | null;
  readonly variance: number | null;
}

async function differencesOfScales(
  db: Database,
  traits: readonly AttributeDefinition[],
  segmentId: string,
  otherId: string | null,
  now: Date,
): Promise<TraitDifference[]> {
  const values = traits.map((trait, index) => `${scaleSql(trait, '$3::timestamptz')} as v${index}`);
  const moments = traits.map(
    (_, index) =>
      `jsonb_build_object('count', count(v${index}), 'mean', avg(v${index}), 'variance', var_samp(v${index}))`,
  );
  const rows = await db.query<{ isA: boolean; moments: Moments[] }>(
    `/* segments.differencesOfScales */
    with ${asked}, ${sides},
    people as (select c.id, ${values.join(', ')} from ${PEOPLE} where ${LIVING})
    select sides.is_a as "isA", to_jsonb(array[${moments.join(', ')}]) as moments
    from people join sides on sides.customer_id = people.id
    group by sides.is_a`,
    [segmentId, otherId, now],
  );
  const [ofA, ofB] = [true, false].map((isA) => rows.find((row) => row.isA === isA)?.moments);
  if (ofA === undefined || ofB === undefined) return [];
  return traits.flatMap((attribute, index) => {
    const [a, b] = [ofA[index]!, ofB[index]!];
    const effectSize = cohensD(a, b);
    if (effectSize === null) return [];
    return [{ attribute, value: null, count: null, figureOfA: a.mean, figureOfB: b.mean, effectSize }];
  });
}

/** Difference of means in units of the pooled standard deviation (Cohen 1988, 2.5); null without variance. */
function cohensD(a: Moments, b: Moments): number | null {
  if (a.mean === null || b.mean === null || a.variance === null || b.variance === null) return null;
  const pooled = ((a.count - 1) * a.variance + (b.count - 1) * b.variance) / (a.count + b.count - 2);
  return pooled > 0 ? (a.mean - b.mean) / Math.sqrt(pooled) : null;
}

async function differencesOfCategories(
  db: Database,
  traits: readonly AttributeDefinition[],
  segmentId: string,
  otherId: string | null,
  now: Date,
): Promise<TraitDifference[]> {
  const values = traits.map((trait, index) => `(${index}, ${categoriesSql(trait, '$3::timestamptz')})`);
  const rows = await db.query<{
    trait: number;
    value: string;
    a: number;
    b: number;
    sizeOfA: number;
    sizeOfB: number;
  }>(
    `/* segments.differencesOfCategories */
    with ${asked}, ${sides},
    people as materialized (
      select sides.is_a, traits.trait, traits.categories
      from ${PEOPLE}
      join sides on sides.customer_id = c.id
      cross join lateral (values ${values.join(', ')}) as traits (trait, categories)
      where ${LIVING}
    ),
    sizes as (
      select count(*) filter (where is_a) as a, count(*) filter (where not is_a) as b from people where trait = 0
    ),
    counted as (
      select trait, value, count(*) filter (where is_a) as a, count(*) filter (where not is_a) as b,
        row_number() over (partition by trait order by count(*) desc, value) as place
      from people cross join lateral unnest(categories) as category (value)
      group by trait, value
    )
    select counted.trait, counted.value, counted.a, counted.b, sizes.a as "sizeOfA", sizes.b as "sizeOfB"
    from counted cross join sizes where counted.place <= ${MAX_CATEGORIES}`,
    [segmentId, otherId, now],
  );
  return rows
    .filter(({ sizeOfA, sizeOfB }) => sizeOfA > 0 && sizeOfB > 0)
    .map(({ trait, value, a, b, sizeOfA, sizeOfB }) => {
      const [figureOfA, figureOfB] = [a / sizeOfA, b / sizeOfB];
      const effectSize = cohensH(figureOfA, figureOfB);
      return { attribute: traits[trait]!, value, count: a + b, figureOfA, figureOfB, effectSize };
    });
}

/** Difference of shares on a scale of equal detectability (Cohen 1988, 6.2). */
function cohensH(a: number, b: number): number {
  return 2 * Math.asin(Math.sqrt(a)) - 2 * Math.asin(Math.sqrt(b));
}
