/** Random people of the shop, as plain data for the evaluator and as rows of its tables. */
import * as fc from 'fast-check';

import type { RootDatabase } from '#platform/database/database.ts';
import type { Person } from '#segments/language/person.ts';
import { keys, words } from './random-rules.ts';
import { rfmGroups, shopTables } from './shop-language.ts';

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
  birthday: fc
    .option(
      fc.oneof(
        instant.map((date) => `${1960 + (date.getUTCDate() % 40)}${date.toISOString().slice(4, 10)}`),
        fc.constant('2000-02-29'),
      ),
    )
    .map((day) => (day?.endsWith('-02-29') ? '2000-02-29' : day)),
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
});

type PersonSeed = typeof person extends fc.Arbitrary<infer Seed> ? Seed : never;

/** Fills fresh tables with people and gives the same people as plain data. */
export async function settlePeople(
  db: RootDatabase,
  count: number,
  seed: number,
): Promise<readonly Person[]> {
  await db.execute(shopTables);
  for (const { code, category, keywords } of products) {
    await db.query('insert into products values ($1, $2, $3)', [code, category, keywords]);
  }
  let nextId = 1;
  const people: Person[] = [];
  for (const one of fc.sample(person, { numRuns: count, seed })) people.push(await settle(one));
  return people;

  async function settle(one: PersonSeed): Promise<Person> {
    const orders = one.orders.map((order) => ({ ...order, id: nextId++ }));
    const lines = one.lines.map((line) => ({ ...line, id: nextId++ }));
    const { id, profile, place } = one;
    const customer = [id, one.country, one.language, one.isBusiness, one.birthday, one.tags];
    const degrees = [place?.latitude ?? null, place?.longitude ?? null];
    await db.query('insert into customers values ($1, $2, $3, $4, $5, $6, $7, $8)', [
      ...customer,
      ...degrees,
    ]);
    if (profile !== null) {
      const { orderCount, revenueMinor, returnRate, firstOrderAt, lastOrderAt, rfmGroup } = profile;
      const row = [id, orderCount, revenueMinor, returnRate, firstOrderAt, lastOrderAt, rfmGroup];
      await db.query('insert into customer_profiles values ($1, $2, $3, $4, $5, $6, $7)', row);
    }
    for (const { id: orderId, date, amount, channel, isCancelled } of orders) {
      await db.query('insert into orders values ($1, $2, $3, $4, $5, $6)', [
        orderId,
        id,
        date,
        amount,
        channel,
        isCancelled,
      ]);
    }
    for (const { id: lineId, date, quantity, product } of lines) {
      await db.query('insert into order_lines values ($1, $2, $3, $4, $5)', [
        lineId,
        id,
        date,
        quantity,
        product,
      ]);
    }
    for (const { key, at } of one.segments)
      await db.query('insert into segment_members values ($1, $2, $3)', [id, key, at]);
    for (const { key, at } of one.lists)
      await db.query('insert into list_members values ($1, $2, $3)', [id, key, at]);
    for (const { key, change, at } of one.changes) {
      await db.query('insert into segment_changes values ($1, $2, $3, $4)', [id, key, change, at]);
    }
    return {
      id,
      attributes: {
        country: one.country,
        language: one.language,
        is_business: one.isBusiness,
        birthday: one.birthday ?? null,
        customer_tags: one.tags,
        number_of_orders: profile?.orderCount ?? null,
        amount_spent: profile === null ? null : profile.revenueMinor / 100,
        average_order_value:
          profile === null || profile.orderCount === 0
            ? null
            : profile.revenueMinor / 100 / profile.orderCount,
        return_rate: profile?.returnRate ?? null,
        first_order_date: profile?.firstOrderAt ?? null,
        last_order_date: profile?.lastOrderAt ?? null,
        rfm_group: profile?.rfmGroup ?? null,
      },
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
}
