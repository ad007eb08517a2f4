/** Attributes of customers, consents and profiles for rules, as data. */
import { rfmGroups } from '#profiles/rfm.ts';
import { tagRules } from '#profiles/tags.ts';

import type { AttributeDefinition, PlaceDefinition } from '#rule-language/check/definitions.ts';
import { countryForm, languageForm } from './text-forms.ts';

/** Placeholder of the evaluation instant in the SQL of a definition; rule.ts replaces it by a parameter. */
export const NOW = '{now}';

const channels = ['email', 'sms', 'push'] as const;

/**
 * As EXISTS, which the database can evaluate for all customers with one hash: a scalar subquery took four times as
 * long.
 */
function saidAboutMarketing(channel: string, status: 'granted' | 'denied'): string {
  return `exists (select from consents k where k.customer_id = c.id and k.channel = '${channel}' and k.purpose = 'marketing' and k.status = '${status}')`;
}

const customerAttributes: readonly AttributeDefinition[] = [
  {
    name: 'country',
    type: 'string',
    description: 'Country, ISO 3166-1 alpha-2; rules may also use its alpha-3 code or a name.',
    sql: 'c.country',
    form: countryForm,
    changesWith: ['traits'],
    examples: ['GB'],
  },
  {
    name: 'language',
    type: 'string',
    description: 'BCP 47 tag of the language.',
    sql: 'c.language',
    form: languageForm,
    changesWith: ['traits'],
    examples: ['en'],
  },
  {
    name: 'created_date',
    type: 'date',
    description: 'When the customer was created.',
    sql: 'c.created_at',
    changesWith: ['traits'],
  },
  {
    name: 'updated_date',
    type: 'date',
    description: 'When anything that a source says of the customer was last changed.',
    sql: 'c.updated_at',
  },
  {
    name: 'first_seen_date',
    type: 'date',
    description: 'First activity of the customer; null where none.',
    sql: 'c.first_seen_at',
  },
  {
    name: 'last_seen_date',
    type: 'date',
    description: 'Last activity of the customer; null where none.',
    sql: 'c.last_seen_at',
  },
  {
    name: 'consents_granted',
    type: 'list',
    description: 'Consents given and not withdrawn, each as channel:purpose.',
    sql: "array(select k.channel || ':' || k.purpose from consents k where k.customer_id = c.id and k.status = 'granted')",
    examples: ['email:marketing'],
    changesWith: ['consents'],
  },
  {
    name: 'consents_denied',
    type: 'list',
    description: 'Consents refused or withdrawn, each as channel:purpose.',
    sql: "array(select k.channel || ':' || k.purpose from consents k where k.customer_id = c.id and k.status = 'denied')",
    examples: ['sms:marketing'],
    changesWith: ['consents'],
  },
  ...channels.map((channel): AttributeDefinition => ({
    name: `${channel}_subscription_status`,
    type: 'string',
    description: `Consent to marketing by ${channel}: subscribed, unsubscribed, or not_subscribed where nothing was said.`,
    sql: `case when ${saidAboutMarketing(channel, 'granted')} then 'subscribed' when ${saidAboutMarketing(channel, 'denied')} then 'unsubscribed' else 'not_subscribed' end`,
    values: ['subscribed', 'unsubscribed', 'not_subscribed'],
    changesWith: ['consents'],
  })),
];

/** A customer without a profile row has no activity, so counts and sums are 0. */
const profileAttributes: readonly AttributeDefinition[] = [
  {
    name: 'number_of_orders',
    type: 'number',
    description: 'Number of sales; returns are not subtracted.',
    sql: 'coalesce(p.order_count, 0)',
    range: { minimum: 0 },
  },
  {
    name: 'amount_spent',
    type: 'money',
    description: 'Sum of sales minus returns.',
    sql: 'coalesce(p.revenue, 0)',
  },
  {
    name: 'average_order_value',
    type: 'money',
    description: 'Mean total of a sale; null without one.',
    sql: 'p.average_order_value',
  },
  {
    name: 'first_order_date',
    type: 'date',
    description: 'Time of the first sale; null without one.',
    sql: 'p.first_order_at',
  },
  {
    name: 'last_order_date',
    type: 'date',
    description: 'Time of the last sale; null without one.',
    sql: 'p.last_order_at',
  },
  {
    name: 'recency_days',
    type: 'number',
    description: 'Days since the last sale, with fractions; null without one.',
    sql: `extract(epoch from ${NOW} - p.last_order_at) / 86400`,
    since: { sql: 'p.last_order_at', unitSeconds: 86_400 },
    unit: 'days',
  },
  {
    name: 'average_gap_days',
    type: 'number',
    description: 'Mean days between consecutive days with sales; null before the second.',
    sql: 'p.average_gap_days::numeric',
    unit: 'days',
    range: { minimum: 0 },
  },
  {
    name: 'number_of_items',
    type: 'number',
    description: 'Units of products bought; returns are not subtracted.',
    sql: 'coalesce(p.item_count, 0)',
    unit: 'units',
    range: { minimum: 0 },
  },
  {
    name: 'number_of_products',
    type: 'number',
    description: 'Number of distinct products bought.',
    sql: 'coalesce(p.distinct_product_count, 0)',
    range: { minimum: 0 },
  },
  {
    name: 'items_per_order',
    type: 'number',
    description: 'Units bought per sale; null without a sale.',
    sql: 'p.item_count::numeric / nullif(p.order_count, 0)',
    unit: 'units',
    range: { minimum: 0 },
  },
  {
    name: 'products_per_order',
    type: 'number',
    description: 'Distinct products ever bought per sale; null without a sale.',
    sql: 'p.distinct_product_count::numeric / nullif(p.order_count, 0)',
    range: { minimum: 0 },
  },
  {
    name: 'number_of_returns',
    type: 'number',
    description: 'Number of returns: cancellations and refunds.',
    sql: 'coalesce(p.return_count, 0)',
    range: { minimum: 0 },
  },
  {
    name: 'return_rate',
    type: 'number',
    description: 'Units returned over units bought, 0 to 1; null before the first unit.',
    sql: 'p.return_rate::numeric',
    range: { minimum: 0, maximum: 1 },
  },
  {
    name: 'preferred_weekday',
    type: 'number',
    description: 'Weekday with the most sales in UTC, 1 Monday to 7 Sunday; null without a sale.',
    sql: 'p.preferred_weekday',
    range: { minimum: 1, maximum: 7 },
  },
  {
    name: 'preferred_hour',
    type: 'number',
    description: 'Hour with the most sales in UTC, 0 to 23; null without a sale.',
    sql: 'p.preferred_hour',
    range: { minimum: 0, maximum: 23 },
  },
  {
    name: 'rfm_group',
    type: 'string',
    description:
      'Named group of the RFM scores; null before they are first computed. In lower case or as in the enum `RfmGroup`.',
    sql: "case when coalesce(p.order_count, 0) = 0 then 'prospects' else p.rfm_group end",
    values: rfmGroups,
    hasEnum: true,
  },
  ...(['recency', 'frequency', 'monetary'] as const).map((measure): AttributeDefinition => ({
    name: `rfm_${measure}`,
    type: 'number',
    description: `Score of ${measure}, 1 to 5, 5 the best; null without a sale.`,
    sql: `p.rfm_${measure}`,
    range: { minimum: 1, maximum: 5 },
  })),
  {
    name: 'customer_tags',
    type: 'list',
    description: 'Tags computed from facts, and the texts of the list `tags` among the custom attributes.',
    sql: "case when jsonb_typeof(c.attributes -> 'tags') = 'array' then coalesce(p.tags, '{}') || array(select jsonb_array_elements_text(c.attributes -> 'tags')) else coalesce(p.tags, '{}') end",
    examples: tagRules.map(({ name }) => name),
    changesWith: ['orders', 'attribute.tags'],
  },
  {
    name: 'top_categories',
    type: 'list',
    description: 'Categories with the most revenue, at most 5.',
    sql: "array(select share ->> 'category' from jsonb_array_elements(p.top_categories) as share)",
  },
  {
    name: 'interests',
    type: 'list',
    description: 'Strongest keywords of what was bought, at most 10.',
    sql: "array(select interest ->> 'keyword' from jsonb_array_elements(p.interests) as interest)",
  },
];

export const attributes: readonly AttributeDefinition[] = [
  ...customerAttributes,
  ...profileAttributes.map((attribute): AttributeDefinition => ({ changesWith: ['orders'], ...attribute })),
];

/** Out of range or not a number: unknown. */
function degrees(name: string, limit: number): string {
  return `case when jsonb_typeof(c.attributes -> '${name}') = 'number' and abs((c.attributes ->> '${name}')::numeric) <= ${limit} then (c.attributes ->> '${name}')::float8 end`;
}

/** The custom attributes `latitude` and `longitude`: addresses are sealed and not geocoded. */
export const place: PlaceDefinition = {
  latitude: degrees('latitude', 90),
  longitude: degrees('longitude', 180),
  changesWith: ['attribute.latitude', 'attribute.longitude'],
};
