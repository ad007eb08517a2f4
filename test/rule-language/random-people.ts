/** Random people of the shop, as plain data for the evaluator and as rows of its tables. */
import * as fc from 'fast-check';

import type { RootDatabase } from '#platform/database/database.ts';
import type { Person } from './oracle/person.ts';
import { keys, words } from './random-rules.ts';
import { rfmGroups, shopAttributes, shopTables } from './shop-language.ts';

/** Noon-ish on a leap day: months of unequal length lie around it. */
export const now = new Date('2024-02-29T10:30:00.000Z');

const hourMs = 3_600_000;
/** Often on the edge of a day near now, where the dates of rules lie too; else anywhere in half a year around now. */
const edge = fc.constantFrom(0, 0, 0, -1, 1, -hourMs, 5 * hourMs, 13 * hourMs);
const day = fc.oneof(fc.integer({ min: -8, max: 4 }), fc.integer({ min: -120, max: 60 }));
const instant = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(day, edge).map(([days, shift]) => new Date(Date.UTC(2024, 1, 29 + days) + shift)),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: -4000, max: 1500 }).map((hours) => new Date(now.getTime() + hours * hourMs)),
  },
  { weight: 1, arbitrary: fc.constant(now) },
);
const word = fc.constantFrom(...words);
const cents = fc.integer({ min: -400, max: 4000 });

/** Of grown-ups and of the newly born, whose days lie where the dates of rules do. */
const birthday = fc.oneof(
  fc.constant('2000-02-29'),
  fc
    .integer({ min: 1, max: 365 })
    .map((days) => new Date(Date.UTC(1985, 0, days)).toISOString().slice(0, 10)),
  fc
    .integer({ min: -8, max: 4 })
    .map((days) => new Date(Date.UTC(2024, 1, 29 + days)).toISOString().slice(0, 10)),
);

/** A text, number, date or list that rules ask for, or a value that only looks like one. */
const ownValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    ...words,
    'true',
    '5',
    '1e400',
    'Infinity',
    '2024-02-30',
    '2023-02-29',
  ),
  fc.constantFrom<unknown>({ a: 1 }, [], ['vip', 5, null], ['vip', 'new'], [['vip']], 1e300, -0.000001, ''),
  cents.map((value): unknown => value / 100),
  fc.integer({ min: 0, max: 6 }),
  instant.map((date): unknown => date.toISOString()),
  instant.map((date): unknown => date.toISOString().slice(0, 10)),
  instant.map((date): unknown => date.toISOString().slice(0, 16)),
  instant.map((date): unknown => `${date.toISOString().slice(0, 19)}+05:30`),
  fc.uniqueArray(word, { maxLength: 3 }).map((value): unknown => value),
);
const ownAttributes = fc
  .tuple(...shopAttributes.map(({ key }) => fc.option(ownValue).map((value) => [key, value] as const)))
  .map((entries) => Object.fromEntries(entries.filter(([, value]) => value !== null)));

const products = [
  { code: 'GB', category: 'vip', keywords: ['new', 'web'] },
  { code: 'web', category: 'FR', keywords: [] },
  { code: 'new', category: null, keywords: null },
] as const;

const order = fc.record({
  date: instant,
  amount: fc.option(
    cents.map((value) => value / 100),
    { freq: 6 },
  ),
  channel: fc.option(word),
  isCancelled: fc.boolean(),
});
const line = fc.record({
  date: instant,
  quantity: fc.option(fc.integer({ min: 0, max: 6 }), { freq: 6 }),
  product: fc.constantFrom('GB', 'web', 'new', 'unknown'),
});

const person = fc.record({
  id: fc.uuid({ version: 7 }),
  country: fc.option(word),
  language: fc.option(word),
  isBusiness: fc.option(fc.boolean()),
  birthday: fc.option(birthday),
  tags: fc.option(fc.uniqueArray(word, { maxLength: 3 })),
  place: fc.option(
    fc.record({
      latitude: fc.integer({ min: -90, max: 90 }),
      longitude: fc.integer({ min: -180, max: 180 }),
    }),
  ),
  profile: fc.option(
    fc.record({
      orderCount: fc.integer({ min: 0, max: 6 }),
      revenueMinor: cents,
      returnRate: fc.option(fc.constantFrom(0, 0.25, 0.5, 1)),
      firstOrderAt: fc.option(instant),
      lastOrderAt: fc.option(instant),
      rfmGroup: fc.option(fc.constantFrom(...rfmGroups)),
    }),
    { freq: 6 },
  ),
  orders: fc.array(order, { maxLength: 5 }),
  lines: fc.array(line, { maxLength: 5 }),
  segments: fc.uniqueArray(fc.record({ key: fc.constantFrom(...keys), at: instant }), {
    maxLength: 2,
    selector: ({ key }) => key,
  }),
  lists: fc.uniqueArray(fc.record({ key: fc.constantFrom(...keys), at: instant }), {
    maxLength: 2,
    selector: ({ key }) => key,
  }),
  changes: fc.array(
    fc.record({
      key: fc.constantFrom(...keys),
      change: fc.constantFrom('entered' as const, 'left' as const),
      at: instant,
    }),
    { maxLength: 3 },
  ),
  own: ownAttributes,
});

type PersonSeed = typeof person extends fc.Arbitrary<infer Seed> ? Seed : never;

/** Fills fresh tables with people and gives the same people as plain data. */
export async function settlePeople(
  db: RootDatabase,
  count: number,
  seed: number,
): Promise<readonly Person[]> {
  await db.execute(shopTables);
  const tables = new Map<string, object[]>([['products', [...products]]]);
  const add = (table: string, rows: readonly object[]): void => {
    tables.set(table, [...(tables.get(table) ?? []), ...rows]);
  };
  let nextId = 1;
  const people = fc.sample(person, { numRuns: count, seed }).map((one) => {
    const orders = one.orders.map((order) => Object.assign({}, order, { id: nextId++ }));
    const lines = one.lines.map((line) => Object.assign({}, line, { id: nextId++ }));
    addRows(one, orders, lines, add);
    return asPerson(one, orders, lines);
  });
  for (const [table, rows] of tables) {
    const statement = `insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`;
    await db.query(statement, [JSON.stringify(rows)]);
  }
  return people;
}

type OrderSeed = PersonSeed['orders'][number] & { readonly id: number };
type LineSeed = PersonSeed['lines'][number] & { readonly id: number };

function addRows(
  one: PersonSeed,
  orders: readonly OrderSeed[],
  lines: readonly LineSeed[],
  add: (table: string, rows: readonly object[]) => void,
): void {
  const { id, country, language, birthday, tags, profile } = one;
  add('customers', [
    { id, country, language, is_business: one.isBusiness, birthday, tags, ...one.place, attributes: one.own },
  ]);
  if (profile !== null) {
    add('customer_profiles', [
      {
        customer_id: id,
        order_count: profile.orderCount,
        revenue_minor: profile.revenueMinor,
        return_rate: profile.returnRate,
        first_order_at: profile.firstOrderAt,
        last_order_at: profile.lastOrderAt,
        rfm_group: profile.rfmGroup,
      },
    ]);
  }
  const ofCustomer = { customer_id: id };
  add(
    'orders',
    orders.map(({ id, date, amount, channel, isCancelled }) =>
      Object.assign({ id, placed_at: date, total: amount, channel, is_cancelled: isCancelled }, ofCustomer),
    ),
  );
  add(
    'order_lines',
    lines.map(({ id, date, quantity, product }) =>
      Object.assign({ id, placed_at: date, quantity, product_code: product }, ofCustomer),
    ),
  );
  add(
    'segment_members',
    one.segments.map(({ key, at }) => Object.assign({ segment_key: key, entered_at: at }, ofCustomer)),
  );
  add(
    'list_members',
    one.lists.map(({ key, at }) => Object.assign({ list_key: key, added_at: at }, ofCustomer)),
  );
  add(
    'segment_changes',
    one.changes.map(({ key, change, at }) => Object.assign({ segment_key: key, change, at }, ofCustomer)),
  );
}

function asPerson(one: PersonSeed, orders: readonly OrderSeed[], lines: readonly LineSeed[]): Person {
  const { id, profile } = one;
  return {
    id,
    attributes: {
      country: one.country,
      language: one.language,
      is_business: one.isBusiness,
      birthday: one.birthday,
      customer_tags: one.tags,
      number_of_orders: profile?.orderCount ?? null,
      amount_spent: profile === null ? null : profile.revenueMinor / 100,
      average_order_value:
        profile === null || profile.orderCount === 0 ? null : profile.revenueMinor / 100 / profile.orderCount,
      return_rate: profile?.returnRate ?? null,
      first_order_date: profile?.firstOrderAt ?? null,
      last_order_date: profile?.lastOrderAt ?? null,
      rfm_group: profile?.rfmGroup ?? null,
    },
    own: one.own,
    events: {
      orders_placed: orders
        .filter(({ isCancelled }) => !isCancelled)
        .map(({ id, date, amount, channel }) => ({ id, date, properties: { amount, channel } })),
      products_purchased: lines.map(({ id, date, quantity, product }) => {
        const known = products.find(({ code }) => code === product);
        const { category = null, keywords = null } = known ?? {};
        return { id, date, properties: { quantity, product, category, keywords } };
      }),
    },
    memberships: { segment: one.segments, list: one.lists },
    changes: { segment: one.changes },
    place: one.place,
  };
}
