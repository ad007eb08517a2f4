/** Computes profiles: the only code that writes profiles, cut points and keyword rarity. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import { refreshStatement } from './computation.ts';
import { cutsQuery, groupExpression, scoresQuery } from './rfm.ts';

/** Customers per statement of a full computation: bounds memory and the duration of their locks. */
const BATCH_SIZE = 1000;

/** Up to this number of customers, the plan of an ordinary request is faster. */
const SMALL_BATCH_SIZE = 50;

/** Number of locks for all customers, so that a batch fits into the server's lock table. */
const LOCKS = 512;

/**
 * Serialises computations of derived data of these customers, until the transaction ends. Without it, a writer that
 * read their orders before a change could overwrite what another computed after it. Locks are taken in one order, so
 * that no two writers deadlock.
 */
export async function lockPeople(transaction: Database, customerIds: readonly string[]): Promise<void> {
  await transaction.query(
    `/* profiles.lock */
    select pg_advisory_xact_lock(360, bucket)
    from (select distinct hashtext(id::text) & ${LOCKS - 1} as bucket from unnest($1::uuid[]) as id order by 1) as buckets`,
    [customerIds],
  );
}

/** As `lockPeople`, for a statement over all customers. */
export async function lockEverybody(transaction: Database): Promise<void> {
  await transaction.query(
    `/* profiles.lockEverybody */
    select pg_advisory_xact_lock(360, bucket) from generate_series(0, ${LOCKS - 1}) as bucket`,
  );
}

/** Computes the profiles of these customers from all of their orders; unknown, merged and erased ones are skipped. */
export async function refreshProfiles(
  db: Database,
  customerIds: readonly string[],
  now: Date,
): Promise<void> {
  if (customerIds.length === 0) return;
  await db.transaction(async (transaction) => {
    await lockPeople(transaction, customerIds);
    const isBulk = customerIds.length > SMALL_BATCH_SIZE;
    if (isBulk) await transaction.query(bulkSettings);
    await transaction.query(refreshStatement, [customerIds, now]);
    if (isBulk) await transaction.query(usualSettings);
  });
}

// A prepared plan assumes ten customers and uses nested loops: hash joins took 3.7 s for the 541,909 lines of Online
// Retail where loops took 6.3 s. JIT compilation costs more than it gains.
const bulkSettings = `/* profiles.bulkSettings */
  select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_nestloop', 'off', true),
    set_config('jit', 'off', true), set_config('work_mem', '64MB', true)`;
const usualSettings = `/* profiles.usualSettings */
  select set_config(name, reset_val || coalesce(unit, ''), true)
  from pg_settings where name in ('plan_cache_mode', 'enable_nestloop', 'jit', 'work_mem')`;

/** Computes every profile, then the cut points of the population, and the scores of all customers. */
export async function recomputeProfiles(app: App, signal?: AbortSignal): Promise<number> {
  await refreshKeywordRarity(app.db);
  let count = 0;
  for await (const customerIds of readCustomersInBatches(app.db)) {
    signal?.throwIfAborted();
    await refreshProfiles(app.db, customerIds, app.clock());
    count += customerIds.length;
  }
  await removeProfilesOfTheGone(app.db);
  await rescoreEverybody(app, signal);
  return count;
}

/** Computes the profiles of these customers, then the cut points of the population, and the scores of all customers. */
export async function recomputeProfilesOf(app: App, customerIds: readonly string[]): Promise<void> {
  for (let start = 0; start < customerIds.length; start += BATCH_SIZE) {
    await refreshProfiles(app.db, customerIds.slice(start, start + BATCH_SIZE), app.clock());
  }
  await rescoreEverybody(app);
}

async function rescoreEverybody(app: App, signal?: AbortSignal): Promise<void> {
  await refreshCuts(app.db, app.clock());
  for await (const customerIds of readCustomersInBatches(app.db)) {
    signal?.throwIfAborted();
    await refreshScores(app.db, customerIds);
  }
}

/** All active customers, in ascending order of id. */
async function* readCustomersInBatches(db: Database): AsyncGenerator<readonly string[]> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await db.query<{ id: string }>(
      `/* profiles.people */
      select id from customers
      where id > $1::uuid and merged_into_id is null and erased_at is null
      order by id limit $2`,
      [after, BATCH_SIZE],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
    yield rows.map(({ id }) => id);
  }
}

async function refreshKeywordRarity(db: Database): Promise<void> {
  await db.query(
    `/* profiles.keywordRarity */
    with sold as (select id from products where kind = 'product')
    insert into keyword_rarity (keyword, rarity)
    select keyword, 1 + ln((1 + (select count(*) from sold))::double precision / (1 + count(*)))
    from product_keywords
    where product_id in (select id from sold)
    group by keyword
    on conflict (keyword) do update set rarity = excluded.rarity`,
  );
  await db.query(
    `/* profiles.forgottenKeywords */
    delete from keyword_rarity
    where not exists (select from product_keywords where product_keywords.keyword = keyword_rarity.keyword)`,
  );
}

async function removeProfilesOfTheGone(db: Database): Promise<void> {
  await db.query(
    `/* profiles.removeGone */
    delete from customer_profiles
    using customers
    where customers.id = customer_profiles.customer_id
      and (customers.merged_into_id is not null or customers.erased_at is not null)`,
  );
}

/**
 * Quintiles of all customers with a sale, by the time of the last order, so that scores do not depend on the time of
 * the computation.
 */
async function refreshCuts(db: Database, now: Date): Promise<void> {
  await db.query(
    `/* profiles.quantiles */
    with buyers as (
      select date_part('epoch', last_order_at) as recency, order_count::double precision as frequency,
        revenue::double precision as monetary
      from customer_profiles
      where order_count > 0
    ),
    fifths as (select array[0.2, 0.4, 0.6, 0.8]::double precision[] as shares)
    insert into profile_quantiles (measure, cuts, computed_at)
    select measure, cuts, $1::timestamptz
    from (
      select 'recency' as measure, percentile_disc((select shares from fifths)) within group (order by recency) as cuts from buyers
      union all
      select 'frequency', percentile_disc((select shares from fifths)) within group (order by frequency) from buyers
      union all
      select 'monetary', percentile_disc((select shares from fifths)) within group (order by monetary) from buyers
    ) measured
    where cuts is not null
    on conflict (measure) do update set cuts = excluded.cuts, computed_at = excluded.computed_at`,
    [now],
  );
}

/** Scores stored profiles against the stored cut points, and writes those that changed. */
async function refreshScores(db: Database, customerIds: readonly string[]): Promise<void> {
  await db.transaction(async (transaction) => {
    await lockPeople(transaction, customerIds);
    await transaction.query(scoreStatement, [customerIds]);
  });
}

const scoreStatement = `/* profiles.score */
  with cuts as materialized (${cutsQuery})
  update customer_profiles facts
  set rfm_recency = scored.recency, rfm_frequency = scored.frequency, rfm_monetary = scored.monetary,
    rfm_group = scored.name
  from (
    select facts.customer_id, scores.recency, scores.frequency, scores.monetary,
      ${groupExpression('facts', 'scores')} as name
    from customer_profiles facts
    cross join cuts
    cross join lateral (${scoresQuery('facts', 'cuts')}) scores
    where facts.customer_id = any($1::uuid[])
  ) scored
  where facts.customer_id = any($1::uuid[]) and scored.customer_id = facts.customer_id
    and (facts.rfm_recency, facts.rfm_frequency, facts.rfm_monetary, facts.rfm_group)
      is distinct from (scored.recency, scored.frequency, scored.monetary, scored.name)`;
