/** Distribution of an attribute within segments and over all customers. Writes nothing. */
import type { Database } from '#platform/database/database.ts';

import type { AttributeDefinition } from '#rule-language/check/definitions.ts';
import { categoriesSql, kindOf, LIVING, PEOPLE, scaleSql } from './trait-sql.ts';

export interface DistributionBucket {
  /** A value, or null for a bin of a scale. */
  readonly value: string | null;
  /** Bounds of a bin: numbers, or instants as text; the lower is inclusive, the upper exclusive. Null is unbounded. */
  readonly from: number | string | null;
  readonly to: number | string | null;
  readonly inSegment: number;
  readonly inEverybody: number;
}

export interface Distribution {
  readonly attribute: AttributeDefinition;
  readonly size: number;
  readonly population: number;
  /** Customers without a value. */
  readonly unknownInSegment: number;
  readonly unknownInEverybody: number;
  readonly buckets: readonly DistributionBucket[];
}

export interface DistributionQuestion {
  readonly attribute: AttributeDefinition;
  readonly bucketCount: number;
}

/** In the order of the segments; one statement for all of them. */
export async function readDistributions(
  db: Database,
  segmentIds: readonly string[],
  { attribute, bucketCount }: DistributionQuestion,
  now: Date,
): Promise<readonly Distribution[]> {
  const read = kindOf(attribute) === 'scale' ? readScale : readCategories;
  const rows = await read(db, attribute, segmentIds, bucketCount, now);
  const everybody = rows.filter(({ segmentId }) => segmentId === null);
  return segmentIds.map((id) => {
    const own = rows.filter(({ segmentId }) => segmentId === id);
    const countOf = new Map(own.map(({ bucket, count }) => [bucket, count]));
    const unknownInEverybody = everybody.find(({ bucket }) => bucket === null)?.count ?? 0;
    return {
      attribute,
      size: own[0]?.total ?? 0,
      population: everybody[0]?.total ?? 0,
      unknownInSegment: countOf.get(null) ?? 0,
      unknownInEverybody,
      buckets: everybody.flatMap(({ bucket, lower, upper, count }): DistributionBucket[] => {
        if (bucket === null) return [];
        const counts = { inSegment: countOf.get(bucket) ?? 0, inEverybody: count };
        if (kindOf(attribute) === 'categories') return [{ value: bucket, from: null, to: null, ...counts }];
        return [{ value: null, from: bound(lower, attribute), to: bound(upper, attribute), ...counts }];
      }),
    };
  });
}

interface CountRow {
  /** Null for all customers. */
  readonly segmentId: string | null;
  /** Null where the value is unknown. */
  readonly bucket: string | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly count: number;
  /** Customers of the segment, or all. */
  readonly total: number;
}

function bound(value: number | null, { type }: AttributeDefinition): number | string | null {
  return value !== null && type === 'date' ? new Date(value * 1000).toISOString() : value;
}

/** Most attributes do not read the clock, but the parameter must be used. */
const asked = 'asked as (select $2::timestamptz as at)';

const sides = `sides as (
      select null::uuid as segment_id, id, value from people
      union all
      select membership.segment_id, people.id, people.value
      from people join segment_memberships membership on membership.customer_id = people.id
      where membership.segment_id = any($1::uuid[])
    )`;

/** Bins of about equal numbers of all customers: their bounds are quantiles. */
function readScale(
  db: Database,
  attribute: AttributeDefinition,
  segmentIds: readonly string[],
  bucketCount: number,
  now: Date,
): Promise<CountRow[]> {
  const shares = Array.from({ length: bucketCount }, (_, index) => index / bucketCount);
  return db.query<CountRow>(
    `/* segments.distributionOfScale */
    with ${asked},
    people as materialized (
      select c.id, ${scaleSql(attribute, '$2::timestamptz')} as value from ${PEOPLE} where ${LIVING}
    ),
    cuts as (
      select array(select distinct unnest(percentile_disc($3::float8[]) within group (order by value)) order by 1) as bounds
      from people where value is not null
    ),
    ${sides},
    counted as (
      select segment_id, width_bucket(value, bounds) as place, count(*) as count
      from sides cross join cuts group by segment_id, width_bucket(value, bounds)
    )
    select segment_id as "segmentId", place::text as bucket, bounds[place] as lower, bounds[place + 1] as upper, count,
      (sum(count) over (partition by segment_id))::integer as total
    from counted cross join cuts
    order by segment_id, place`,
    [segmentIds, now, shares],
  );
}

/** The most frequent values of all customers or of one of the segments. A customer counts for each value of a list. */
function readCategories(
  db: Database,
  attribute: AttributeDefinition,
  segmentIds: readonly string[],
  bucketCount: number,
  now: Date,
): Promise<CountRow[]> {
  return db.query<CountRow>(
    `/* segments.distributionOfCategories */
    with ${asked},
    people as materialized (
      select c.id, ${categoriesSql(attribute, '$2::timestamptz')} as value from ${PEOPLE} where ${LIVING}
    ),
    ${sides},
    totals as (select segment_id, count(*)::integer as total from sides group by segment_id),
    counted as (
      select sides.segment_id, categories.bucket, count(*) as count
      from sides left join lateral unnest(sides.value) as categories (bucket) on true
      group by sides.segment_id, categories.bucket
    ),
    ranked as (
      select bucket, row_number() over (partition by segment_id order by count desc, bucket) as place
      from counted where bucket is not null
    ),
    shown as (select distinct bucket from ranked where place <= $3)
    select counted.segment_id as "segmentId", counted.bucket, null::float8 as lower, null::float8 as upper,
      counted.count, totals.total
    from counted
    join totals on totals.segment_id is not distinct from counted.segment_id
    where counted.bucket is null or counted.bucket in (select bucket from shown)
    order by counted.segment_id, counted.count desc, counted.bucket`,
    [segmentIds, now, bucketCount],
  );
}
