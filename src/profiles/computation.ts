/**
 * Computes the profiles of a set of customers in one statement over their orders. Reads no clock and no other profile.
 */
import { isSaleOrReturn } from '#events/orders/purchases.ts';

import { cutsQuery, groupExpression, scoresQuery } from './rfm.ts';
import { tagsExpression } from './tags.ts';

/** Half-life of a purchase's weight for interests, in days. */
export const interestHalfLifeDays = 180;
export const topCategoryCount = 5;
export const interestCount = 10;

/**
 * Writes the profiles of the customers $1, as computed at $2.
 *
 * Every figure is computed from the customer's own orders, the stored cut points and the keywords' rarity, so that a
 * refresh of one customer and a computation of all have the same result. Interest decays by the age of a purchase at
 * the customer's own last order: today's date would scale all weights of a customer equally and change none of them.
 * Weights are summed as integer millionths, which gives the same sum in any order of rows.
 */
export const refreshStatement = `/* profiles.refresh */
with people as (
  select id from customers where id = any($1::uuid[]) and merged_into_id is null and erased_at is null
),
counted_orders as (
  select customer_id, id, kind, total, placed_at, placed_at at time zone 'UTC' as placed_utc
  from orders o
  where customer_id = any($1::uuid[]) and ${isSaleOrReturn('o')}
),
order_facts as (
  select customer_id,
    count(*) filter (where kind = 'sale')::int as order_count,
    count(*) filter (where kind = 'return')::int as return_count,
    sum(total) as revenue,
    avg(total) filter (where kind = 'sale') as average_order_value,
    min(placed_at) filter (where kind = 'sale') as first_order_at,
    max(placed_at) filter (where kind = 'sale') as last_order_at,
    (max(placed_utc::date) filter (where kind = 'sale') - min(placed_utc::date) filter (where kind = 'sale'))::double precision
      / nullif(count(distinct placed_utc::date) filter (where kind = 'sale') - 1, 0) as average_gap_days,
    mode() within group (order by date_part('isodow', placed_utc)) filter (where kind = 'sale') as preferred_weekday,
    mode() within group (order by date_part('hour', placed_utc)) filter (where kind = 'sale') as preferred_hour
  from counted_orders
  group by customer_id
),
weighted_orders as (
  select placed.customer_id, placed.id, placed.kind,
    case when placed.kind = 'sale' then (1000000 * exp(-ln(2::double precision) / ${interestHalfLifeDays}
      * date_part('epoch', facts.last_order_at - placed.placed_at) / 86400))::bigint end as interest
  from counted_orders placed
  join order_facts facts on facts.customer_id = placed.customer_id
),
product_facts as (
  select line.customer_id, line.product_id, product.category,
    coalesce(sum(line.quantity) filter (where placed.kind = 'sale' and line.quantity > 0), 0) as sold_units,
    coalesce(sum(abs(line.quantity)) filter (where line.quantity < 0 or (placed.kind = 'return' and line.amount < 0)), 0)
      as returned_units,
    sum(line.amount) as revenue,
    sum(placed.interest) filter (where line.quantity > 0) as interest
  from order_lines line
  join weighted_orders placed on placed.customer_id = line.customer_id and placed.id = line.order_id
  join products product on product.id = line.product_id and product.kind = 'product'
  where line.customer_id = any($1::uuid[])
  group by line.customer_id, line.product_id, product.category
),
basket_facts as (
  select customer_id,
    sum(sold_units)::int as item_count,
    (count(*) filter (where sold_units > 0))::int as distinct_product_count,
    case when sum(sold_units) > 0
      then least(1, sum(returned_units)::double precision / sum(sold_units)) end as return_rate
  from product_facts
  group by customer_id
),
category_facts as (
  select customer_id, category, sum(revenue) as revenue
  from product_facts
  where category is not null
  group by customer_id, category
  having sum(revenue) > 0
),
ranked_categories as (
  select customer_id, category, revenue,
    sum(revenue) over (partition by customer_id) as whole,
    row_number() over (partition by customer_id order by revenue desc, category) as place
  from category_facts
),
top_categories as (
  select customer_id,
    jsonb_agg(jsonb_build_object('category', category, 'revenue', revenue::text, 'share', round(revenue / whole, 4))
      order by place) as list
  from ranked_categories
  where place <= ${topCategoryCount}
  group by customer_id
),
keyword_facts as (
  select bought.customer_id, described.keyword,
    sum((bought.interest * described.weight * coalesce(rare.rarity, 1))::bigint) as weight
  from product_facts bought
  join product_keywords described on described.product_id = bought.product_id
  left join keyword_rarity rare on rare.keyword = described.keyword
  where bought.interest > 0
  group by bought.customer_id, described.keyword
),
ranked_keywords as (
  select customer_id, keyword, weight,
    max(weight) over (partition by customer_id) as strongest,
    row_number() over (partition by customer_id order by weight desc, keyword) as place
  from keyword_facts
  where weight > 0
),
interests as (
  select customer_id,
    jsonb_agg(jsonb_build_object('keyword', keyword, 'weight', round(weight / strongest, 4)) order by place) as list
  from ranked_keywords
  where place <= ${interestCount}
  group by customer_id
),
facts as (
  select people.id as customer_id,
    coalesce(placed.order_count, 0) as order_count, coalesce(placed.revenue, 0) as revenue,
    placed.first_order_at, placed.last_order_at, placed.average_gap_days,
    coalesce(basket.item_count, 0) as item_count,
    coalesce(basket.distinct_product_count, 0) as distinct_product_count,
    coalesce(placed.return_count, 0) as return_count, basket.return_rate, placed.average_order_value,
    placed.preferred_weekday, placed.preferred_hour
  from people
  left join order_facts placed on placed.customer_id = people.id
  left join basket_facts basket on basket.customer_id = people.id
),
cuts as materialized (${cutsQuery})
insert into customer_profiles (
  customer_id, order_count, revenue, first_order_at, last_order_at, average_gap_days, item_count,
  distinct_product_count, return_count, return_rate, average_order_value, preferred_weekday, preferred_hour,
  rfm_recency, rfm_frequency, rfm_monetary, rfm_group, top_categories, interests, tags, computed_at
)
select facts.customer_id, facts.order_count, facts.revenue, facts.first_order_at, facts.last_order_at,
  facts.average_gap_days, facts.item_count, facts.distinct_product_count, facts.return_count, facts.return_rate,
  facts.average_order_value, facts.preferred_weekday, facts.preferred_hour,
  scores.recency, scores.frequency, scores.monetary, ${groupExpression('facts', 'scores')},
  coalesce(top_categories.list, '[]'), coalesce(interests.list, '[]'), ${tagsExpression}, $2::timestamptz
from facts
cross join cuts
cross join lateral (${scoresQuery('facts', 'cuts')}) scores
left join top_categories on top_categories.customer_id = facts.customer_id
left join interests on interests.customer_id = facts.customer_id
on conflict (customer_id) do update set
  order_count = excluded.order_count, revenue = excluded.revenue, first_order_at = excluded.first_order_at,
  last_order_at = excluded.last_order_at, average_gap_days = excluded.average_gap_days,
  item_count = excluded.item_count, distinct_product_count = excluded.distinct_product_count,
  return_count = excluded.return_count, return_rate = excluded.return_rate,
  average_order_value = excluded.average_order_value, preferred_weekday = excluded.preferred_weekday,
  preferred_hour = excluded.preferred_hour, rfm_recency = excluded.rfm_recency,
  rfm_frequency = excluded.rfm_frequency, rfm_monetary = excluded.rfm_monetary, rfm_group = excluded.rfm_group,
  top_categories = excluded.top_categories, interests = excluded.interests, tags = excluded.tags,
  computed_at = excluded.computed_at`;
