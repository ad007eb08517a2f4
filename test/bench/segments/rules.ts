/** Typical rules, each beside SQL that somebody who knows the tables would write for the same question. */

export interface BenchRule {
  readonly name: string;
  readonly rule: string;
  /** Ids of the people; $1 is now. */
  readonly sql: string;
}

const living = 'c.merged_into_id is null and c.erased_at is null';

export const benchRules: readonly BenchRule[] = [
  {
    name: 'profile',
    rule: "country = 'GB' AND number_of_orders >= 3",
    sql: `select c.id from customers c join customer_profiles p on p.customer_id = c.id
      where ${living} and c.country = 'GB' and p.order_count >= 3`,
  },
  {
    name: 'own text',
    rule: "attribute.Churn = 'Yes'",
    sql: `select c.id from customers c where ${living} and c.attributes ->> 'Churn' = 'Yes'`,
  },
  {
    name: 'own text, rare',
    rule: "attribute.City = 'City 7'",
    sql: `select c.id from customers c where ${living} and c.attributes @> '{"City": "City 7"}'`,
  },
  {
    name: 'own number',
    rule: 'attribute.tenure < 12',
    sql: `select c.id from customers c where ${living} and (c.attributes ->> 'tenure')::numeric < 12`,
  },
  {
    name: 'own numbers and text',
    rule: "attribute.MonthlyCharges > 70.35 AND attribute.tenure BETWEEN 3 AND 30 AND attribute.Contract != 'Two year'",
    sql: `select c.id from customers c where ${living} and (c.attributes ->> 'MonthlyCharges')::numeric > 70.35
      and (c.attributes ->> 'tenure')::numeric between 3 and 30 and c.attributes ->> 'Contract' <> 'Two year'`,
  },
  {
    name: 'own number, none',
    rule: 'attribute.TotalCharges IS NULL',
    sql: `select c.id from customers c where ${living} and c.attributes ->> 'TotalCharges' is null`,
  },
  {
    name: 'own date',
    rule: 'attribute.signed >= -90d',
    sql: `select c.id from customers c where ${living}
      and (c.attributes ->> 'signed')::date >= ($1::timestamptz at time zone 'UTC')::date - 90`,
  },
  {
    name: 'own list',
    rule: "attribute.addons CONTAINS 'tv'",
    sql: `select c.id from customers c where ${living} and c.attributes -> 'addons' ? 'tv'`,
  },
  {
    name: 'own text, part of it',
    rule: "attribute.Contract CONTAINS 'year'",
    sql: `select c.id from customers c where ${living} and c.attributes ->> 'Contract' ilike '%year%'`,
  },
  {
    name: 'lapsed',
    rule: 'number_of_orders >= 2 AND last_order_date < -90d',
    sql: `select c.id from customers c join customer_profiles p on p.customer_id = c.id
      where ${living} and p.order_count >= 2 and p.last_order_at < date_trunc('day', $1::timestamptz, 'UTC') - interval '90 days'`,
  },
  {
    name: 'consent',
    rule: "email_subscription_status = 'subscribed'",
    sql: `select c.id from customers c join consents k on k.customer_id = c.id and k.channel = 'email'
      and k.purpose = 'marketing' and k.status = 'granted' where ${living}`,
  },
  {
    name: 'orders, count and sum',
    rule: 'orders_placed MATCHES (count >= 3, date >= -90d, sum_amount > 100)',
    sql: `select c.id from customers c join (
        select customer_id from orders
        where kind = 'sale' and placed_at >= date_trunc('day', $1::timestamptz, 'UTC') - interval '90 days'
        group by customer_id having count(*) >= 3 and sum(total) > 100
      ) o on o.customer_id = c.id where ${living}`,
  },
  {
    name: 'views, count',
    rule: 'products_viewed MATCHES (count >= 2, date >= -30d)',
    sql: `select c.id from customers c join (
        select customer_id from events
        where kind = 'product_viewed' and occurred_at >= date_trunc('day', $1::timestamptz, 'UTC') - interval '30 days'
        group by customer_id having count(*) >= 2
      ) e on e.customer_id = c.id where ${living}`,
  },
  {
    name: 'did not',
    rule: 'number_of_orders >= 1 AND NOT products_viewed MATCHES (date >= -60d)',
    sql: `select c.id from customers c join customer_profiles p on p.customer_id = c.id
      where ${living} and p.order_count >= 1 and not exists (
        select from events e where e.customer_id = c.id and e.kind = 'product_viewed'
          and e.occurred_at >= date_trunc('day', $1::timestamptz, 'UTC') - interval '60 days')`,
  },
  {
    name: 'opened, not clicked',
    rule: "messages_opened MATCHES (campaign = 'c3', date >= -90d) AND NOT messages_clicked MATCHES (campaign = 'c3')",
    sql: `select c.id from customers c where ${living}
      and exists (select from events e where e.customer_id = c.id and e.kind = 'message_opened'
        and e.properties ->> 'campaign' = 'c3' and e.occurred_at >= date_trunc('day', $1::timestamptz, 'UTC') - interval '90 days')
      and not exists (select from events e where e.customer_id = c.id and e.kind = 'message_clicked'
        and e.properties ->> 'campaign' = 'c3')`,
  },
  {
    name: 'products of a category',
    rule: "products_purchased MATCHES (category = 'Department 1 > Range 1', sum_quantity >= 4)",
    sql: `select c.id from customers c join (
        select l.customer_id from order_lines l
        join products on products.id = l.product_id and products.kind = 'product'
        join orders o on o.customer_id = l.customer_id and o.id = l.order_id and o.kind = 'sale'
        where products.category = 'Department 1 > Range 1' and l.quantity > 0
        group by l.customer_id having sum(l.quantity) >= 4
      ) o on o.customer_id = c.id where ${living}`,
  },
  {
    name: 'sequence',
    rule: 'products_added_to_cart MATCHES (date >= -30d) THEN NOT orders_placed WITHIN 7d',
    sql: `select c.id from customers c where ${living} and exists (
      select from events e where e.customer_id = c.id and e.kind = 'added_to_cart'
        and e.occurred_at >= date_trunc('day', $1::timestamptz, 'UTC') - interval '30 days'
        and e.occurred_at <= $1::timestamptz - interval '7 days'
        and not exists (select from orders o where o.customer_id = e.customer_id and o.kind = 'sale'
          and o.placed_at > e.occurred_at and o.placed_at <= e.occurred_at + interval '7 days'))`,
  },
  {
    name: 'tags or value',
    rule: "customer_tags CONTAINS 'repeat_buyer' OR amount_spent > 500",
    sql: `select c.id from customers c join customer_profiles p on p.customer_id = c.id
      where ${living} and ('repeat_buyer' = any(p.tags) or p.revenue > 500)`,
  },
];
