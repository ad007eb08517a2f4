/** Random people with orders, consents and events: as rows of the tables, and as what rules should see, worked out here. */
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';
import * as fc from 'fast-check';

import type { Person, PersonEvent } from '../../rule-language/oracle/person.ts';
import { DAY_MS, NOW } from '../shop.ts';
import { insertOrders, type ShopOrder } from '../../events/seed.ts';
import { insertProduct, type ShopProduct } from '../../catalog/seed.ts';

export interface Catalogue {
  readonly products: readonly ShopProduct[];
}

const hourMs = DAY_MS / 24;
const channels = ['email', 'sms', 'push'] as const;
const eventKinds = [
  'product_viewed',
  'added_to_cart',
  'message_sent',
  'message_opened',
  'page_viewed',
] as const;

const instant = fc
  .integer({ min: 0, max: 200 * 24 })
  .map((hours) => new Date(NOW.getTime() - hours * hourMs));

export const histories = fc.record({
  country: fc.option(fc.constantFrom('GB', 'FR', "Côte d'Ivoire")),
  language: fc.option(fc.constantFrom('en', 'fr-FR')),
  createdAt: instant,
  lastSeenAt: fc.option(instant),
  ownTags: fc.option(fc.subarray(['vip', 'staff'])),
  consents: fc.uniqueArray(
    fc.record({
      channel: fc.constantFrom(...channels),
      purpose: fc.constantFrom('marketing', 'research'),
      status: fc.constantFrom('granted', 'denied'),
    }),
    { selector: ({ channel, purpose }) => `${channel}:${purpose}`, maxLength: 4 },
  ),
  orders: fc.array(
    fc.record({
      kind: fc.constantFrom<ShopOrder['kind'][]>('sale', 'sale', 'sale', 'return', 'adjustment'),
      placedAt: instant,
      lines: fc.array(
        fc.record({
          product: fc.nat({ max: 3 }),
          quantity: fc.integer({ min: 1, max: 8 }),
          price: fc.integer({ min: 0, max: 400 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { maxLength: 6 },
  ),
  events: fc.array(
    fc.record({
      kind: fc.constantFrom(...eventKinds),
      occurredAt: instant,
      product: fc.option(fc.nat({ max: 3 })),
      channel: fc.option(fc.constantFrom(...channels)),
    }),
    { maxLength: 6 },
  ),
});

export type History = typeof histories extends fc.Arbitrary<infer Value> ? Value : never;

export async function addCatalogue(db: Database): Promise<Catalogue> {
  return {
    products: [
      await insertProduct(db, { category: 'Kitchen > Tea', keywords: ['tea'] }),
      await insertProduct(db, { category: 'Light', keywords: ['lamp'] }),
      await insertProduct(db, { category: null, keywords: [] }),
      await insertProduct(db, { kind: 'service', category: 'Fees', keywords: ['post'] }),
    ],
  };
}

/** Writes one person and tells what rules should see of them. */
export async function addHistory(db: Database, catalogue: Catalogue, history: History): Promise<Person> {
  const id = createId();
  await db.query(
    `insert into customers (id, country, language, attributes, created_at, updated_at, last_seen_at)
    values ($1, $2, $3, $4::jsonb, $5, $5, $6)`,
    [
      id,
      history.country,
      history.language,
      JSON.stringify(history.ownTags === null ? {} : { tags: history.ownTags }),
      history.createdAt,
      history.lastSeenAt,
    ],
  );
  await db.query(
    `insert into consents (customer_id, channel, purpose, status, source, recorded_at)
    select $1::uuid, channel, purpose, status, 'test', $2::timestamptz
    from unnest($3::text[], $4::text[], $5::text[]) as given (channel, purpose, status)`,
    [
      id,
      history.createdAt,
      history.consents.map(({ channel }) => channel),
      history.consents.map(({ purpose }) => purpose),
      history.consents.map(({ status }) => status),
    ],
  );
  const orders = history.orders.map((order): ShopOrder => ({
    customerId: id,
    kind: order.kind,
    placedAt: order.placedAt,
    lines: order.lines.map(({ product, quantity, price }) => ({
      product: catalogue.products[product]!,
      quantity: order.kind === 'sale' ? quantity : -quantity,
      unitPrice: (price / 4).toFixed(2),
    })),
  }));
  await insertOrders(db, orders);
  await db.query(
    `insert into events (customer_id, occurred_at, id, kind, source, product_id, properties, recorded_at)
    select $1::uuid, occurred_at, id, kind, 'test', product_id, properties, occurred_at
    from unnest($2::timestamptz[], $3::uuid[], $4::text[], $5::uuid[], $6::jsonb[])
      as happened (occurred_at, id, kind, product_id, properties)`,
    [
      id,
      history.events.map(({ occurredAt }) => occurredAt.toISOString()),
      history.events.map(() => createId()),
      history.events.map(({ kind }) => kind),
      history.events.map(({ product }) => (product === null ? null : catalogue.products[product]!.id)),
      history.events.map(({ channel }) => JSON.stringify(channel === null ? {} : { channel })),
    ],
  );
  return { id, attributes: attributesOf(history, orders), events: eventsOf(history, orders, catalogue) };
}

const totalOf = (order: ShopOrder) =>
  order.lines.reduce((sum, line) => sum + line.quantity * Number(line.unitPrice), 0);

function attributesOf(history: History, orders: readonly ShopOrder[]): Person['attributes'] {
  const sales = orders.filter(({ kind }) => kind === 'sale');
  const returns = orders.filter(({ kind }) => kind === 'return');
  const times = sales.map(({ placedAt }) => placedAt.getTime());
  const days = [...new Set(times.map((time) => Math.floor(time / DAY_MS)))];
  const units = (some: readonly ShopOrder[]) =>
    some
      .flatMap(({ lines }) => lines)
      .filter(({ product }) => product.kind === 'product')
      .reduce((sum, { quantity }) => sum + Math.abs(quantity), 0);
  const bought = new Set(
    sales
      .flatMap(({ lines }) => lines)
      .flatMap(({ product }) => (product.kind === 'product' ? [product.id] : [])),
  );
  const [count, itemCount] = [sales.length, units(sales)];
  const gap = days.length < 2 ? null : (Math.max(...days) - Math.min(...days)) / (days.length - 1);
  const returnRate = itemCount === 0 ? null : Math.min(1, units(returns) / itemCount);
  const weekday = mostFrequent(times.map((time) => new Date(time).getUTCDay() || 7));
  const hour = mostFrequent(times.map((time) => new Date(time).getUTCHours()));
  const tags = [
    ...(count === 1 ? ['one_time_buyer'] : []),
    ...(count >= 2 ? ['repeat_buyer'] : []),
    ...(count >= 5 && gap !== null && gap <= 45 ? ['regular'] : []),
    ...(count > 0 && itemCount >= 200 * count ? ['bulk_buyer'] : []),
    ...(count >= 3 && bought.size >= 10 * count ? ['explorer'] : []),
    ...(returns.length >= 2 && returnRate !== null && returnRate >= 0.2 ? ['frequent_returner'] : []),
    ...(count >= 3 && (weekday === 6 || weekday === 7) ? ['weekend_shopper'] : []),
    ...(count >= 3 && hour !== null && hour >= 18 ? ['evening_shopper'] : []),
  ];
  const status = (channel: string) => {
    const consent = history.consents.find((one) => one.channel === channel && one.purpose === 'marketing');
    if (consent === undefined) return 'not_subscribed';
    return consent.status === 'granted' ? 'subscribed' : 'unsubscribed';
  };
  const spent = [...sales, ...returns].reduce((sum, order) => sum + totalOf(order), 0);
  return {
    country: history.country,
    language: history.language,
    created_date: history.createdAt,
    last_seen_date: history.lastSeenAt,
    consents_granted: history.consents
      .filter((consent) => consent.status === 'granted')
      .map(({ channel, purpose }) => `${channel}:${purpose}`),
    email_subscription_status: status('email'),
    sms_subscription_status: status('sms'),
    push_subscription_status: status('push'),
    number_of_orders: count,
    amount_spent: spent,
    average_order_value:
      count === 0
        ? null
        : Math.round((sales.reduce((sum, order) => sum + totalOf(order), 0) / count) * 1e4) / 1e4,
    first_order_date: count === 0 ? null : new Date(Math.min(...times)),
    last_order_date: count === 0 ? null : new Date(Math.max(...times)),
    recency_days: count === 0 ? null : (NOW.getTime() - Math.max(...times)) / DAY_MS,
    average_gap_days: gap,
    number_of_items: itemCount,
    number_of_products: bought.size,
    items_per_order: count === 0 ? null : itemCount / count,
    products_per_order: count === 0 ? null : bought.size / count,
    number_of_returns: returns.length,
    return_rate: returnRate,
    preferred_weekday: weekday,
    preferred_hour: hour,
    customer_tags: [...tags, ...(history.ownTags ?? [])],
  };
}

/** The smallest of the most frequent. */
function mostFrequent(values: readonly number[]): number | null {
  const counts = [...Map.groupBy(values, (value) => value)].map(
    ([value, group]) => [value, group.length] as const,
  );
  return counts.toSorted((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? null;
}

function eventsOf(
  history: History,
  orders: readonly ShopOrder[],
  { products }: Catalogue,
): Record<string, readonly PersonEvent[]> {
  const ordersOf = (kind: ShopOrder['kind'], sign: number) =>
    orders
      .filter((order) => order.kind === kind)
      .map((order, index): PersonEvent => ({
        id: index,
        date: order.placedAt,
        properties: {
          amount: sign * totalOf(order),
          items: sign * order.lines.reduce((sum, { quantity }) => sum + quantity, 0),
          source: 'test',
        },
      }));
  const lines = orders
    .filter(({ kind }) => kind === 'sale')
    .flatMap(({ lines, placedAt }) => lines.map((line) => ({ ...line, placedAt })))
    .filter(({ product }) => product.kind === 'product');
  const ofKind = (kind: string) =>
    history.events
      .filter((event) => event.kind === kind)
      .map((event, index): PersonEvent => ({
        id: index,
        date: event.occurredAt,
        properties: {
          kind,
          channel: event.channel,
          category: event.product === null ? null : products[event.product]!.category,
        },
      }));
  return {
    orders_placed: ordersOf('sale', 1),
    orders_returned: ordersOf('return', -1),
    products_purchased: lines.map((line, index) => ({
      id: index,
      date: line.placedAt,
      properties: {
        amount: line.quantity * Number(line.unitPrice),
        quantity: line.quantity,
        category: line.product.category,
      },
    })),
    products_viewed: ofKind('product_viewed'),
    products_added_to_cart: ofKind('added_to_cart'),
    messages_sent: ofKind('message_sent'),
    messages_opened: ofKind('message_opened'),
    events: eventKinds.flatMap(ofKind),
  };
}
