/** A shop's attributes, functions and groups with the tables behind them: a language of real size for the tests. */
import type {
  FunctionDefinition,
  LanguageContribution,
  OwnAttribute,
} from '#rule-language/check/definitions.ts';
import { createLanguage } from '#rule-language/check/language.ts';
import { defineOwnAttribute } from '#segments/vocabulary/own-attributes.ts';

export const rfmGroups = ['champions', 'loyal', 'at_risk', 'lost'] as const;

const customers: LanguageContribution = {
  attributes: [
    {
      name: 'country',
      type: 'string',
      description: 'Country of the customer.',
      sql: 'c.country',
      examples: ["country = 'GB'"],
    },
    { name: 'language', type: 'string', description: 'Language of the customer.', sql: 'c.language' },
    { name: 'is_business', type: 'boolean', description: 'Whether it is a firm.', sql: 'c.is_business' },
    {
      name: 'birthday',
      type: 'date',
      precision: 'day',
      description: 'Day of birth.',
      sql: 'c.birthday',
    },
    { name: 'customer_tags', type: 'list', description: 'Tags set by rule or hand.', sql: 'c.tags' },
  ],
};

const profiles: LanguageContribution = {
  attributes: [
    {
      name: 'number_of_orders',
      type: 'number',
      description: 'Orders placed.',
      sql: 'p.order_count',
      range: { minimum: 0 },
    },
    {
      name: 'amount_spent',
      type: 'money',
      unit: 'GBP',
      description: 'Revenue.',
      sql: 'p.revenue_minor / 100.0',
    },
    {
      name: 'average_order_value',
      type: 'money',
      unit: 'GBP',
      description: 'Revenue per order.',
      sql: 'p.revenue_minor / 100.0 / nullif(p.order_count, 0)',
    },
    { name: 'return_rate', type: 'number', description: 'Share returned.', sql: 'p.return_rate' },
    { name: 'first_order_date', type: 'date', description: 'First order.', sql: 'p.first_order_at' },
    { name: 'last_order_date', type: 'date', description: 'Last order.', sql: 'p.last_order_at' },
    {
      name: 'rfm_group',
      type: 'string',
      description: 'Group by recency, frequency and monetary value.',
      sql: 'p.rfm_group',
      values: rfmGroups,
    },
    {
      name: 'churn_risk',
      type: 'number',
      description: 'Chance of no order in the next 90 days.',
      sql: 'null::numeric',
      range: { minimum: 0, maximum: 1 },
      unavailable: 'no churn model has been trained',
    },
  ],
};

const ordersPlaced: FunctionDefinition = {
  name: 'orders_placed',
  description: 'Orders of the customer that were not cancelled.',
  from: 'orders o',
  customerId: 'o.customer_id',
  occurredAt: 'o.placed_at',
  id: 'o.id',
  where: 'not o.is_cancelled',
  properties: [
    { name: 'amount', type: 'money', description: 'Total of the order.', sql: 'o.total' },
    { name: 'channel', type: 'string', description: 'Where it was placed.', sql: 'o.channel' },
  ],
};

const productsPurchased: FunctionDefinition = {
  name: 'products_purchased',
  description: 'Lines of orders that were not cancelled.',
  from: 'order_lines l',
  customerId: 'l.customer_id',
  occurredAt: 'l.placed_at',
  id: 'l.id',
  properties: [
    { name: 'quantity', type: 'number', description: 'Units.', sql: 'l.quantity' },
    { name: 'product', type: 'string', description: 'Code of the product.', sql: 'l.product_code' },
    {
      name: 'category',
      type: 'string',
      description: 'Category of the product.',
      sql: 'pr.category',
      join: 'left join products pr on pr.code = l.product_code',
    },
    {
      name: 'keywords',
      type: 'list',
      description: 'Keywords of the product.',
      sql: 'pr.keywords',
      join: 'left join products pr on pr.code = l.product_code',
    },
  ],
};

const segments: LanguageContribution = {
  groups: [
    {
      name: 'segment',
      description: 'Saved segments.',
      current: {
        from: 'segment_members m',
        customerId: 'm.customer_id',
        key: 'm.segment_key',
        at: 'm.entered_at',
      },
      entered: {
        from: 'segment_changes h',
        customerId: 'h.customer_id',
        key: 'h.segment_key',
        at: 'h.at',
        where: "h.change = 'entered'",
      },
      left: {
        from: 'segment_changes h',
        customerId: 'h.customer_id',
        key: 'h.segment_key',
        at: 'h.at',
        where: "h.change = 'left'",
      },
    },
    {
      name: 'list',
      description: 'Lists kept by hand.',
      current: { from: 'list_members m', customerId: 'm.customer_id', key: 'm.list_key', at: 'm.added_at' },
    },
  ],
  place: { latitude: 'c.latitude', longitude: 'c.longitude' },
};

/** What customers of the shop carry themselves, each also as values of other types. */
export const shopAttributes: readonly OwnAttribute[] = (
  [
    ['Plan', 'string'],
    ['monthly charges', 'number'],
    ['active', 'boolean'],
    ['signed', 'date'],
    ["add'ons {now} $1", 'list'],
    ['mixed', null],
  ] as const
).map(([key, type]): OwnAttribute => ({
  key,
  type,
  seenTypes: type === null ? ['string', 'number', 'boolean', 'date', 'list'] : [type],
  description: 'Of the shop.',
}));

export const shopLanguage = createLanguage(
  { defineOwn: defineOwnAttribute },
  customers,
  profiles,
  { functions: [ordersPlaced, productsPurchased] },
  segments,
);

export const shopTables = `
  create table customers (
    id uuid primary key, country text, language text, is_business boolean, birthday date, tags text[],
    latitude double precision, longitude double precision, attributes jsonb not null default '{}'
  );
  create table customer_profiles (
    customer_id uuid primary key, order_count integer, revenue_minor bigint, return_rate double precision,
    first_order_at timestamptz, last_order_at timestamptz, rfm_group text
  );
  create table orders (
    id integer primary key, customer_id uuid not null, placed_at timestamptz not null, total numeric,
    channel text, is_cancelled boolean not null
  );
  create table products (code text primary key, category text, keywords text[]);
  create table order_lines (
    id integer primary key, customer_id uuid not null, placed_at timestamptz not null, quantity integer, product_code text
  );
  create table segment_members (customer_id uuid not null, segment_key text not null, entered_at timestamptz not null);
  create table segment_changes (
    customer_id uuid not null, segment_key text not null, change text not null, at timestamptz not null
  );
  create table list_members (customer_id uuid not null, list_key text not null, added_at timestamptz not null);
`;

export const fromCustomers = 'from customers c left join customer_profiles p on p.customer_id = c.id';
