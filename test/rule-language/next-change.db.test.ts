import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { compileNextTransition } from '#rule-language/sql/next-transition.ts';
import { printRule } from '#rule-language/syntax/print.ts';
import { readRule } from '#rule-language/check/read-rule.ts';
import type { Duration, MembershipRule, Rule } from '#rule-language/syntax/tree.ts';
import { moveInstant } from './oracle/calendar.ts';
import { evaluateRule } from './oracle/evaluate.ts';
import type { Person } from './oracle/person.ts';
import { now, settlePeople } from './random-people.ts';
import { clauses, rules, zones } from './random-rules.ts';
import { openRulesDatabase, type RulesDatabase } from './rules-database.ts';
import { fromCustomers, shopLanguage } from './shop-language.ts';

let database: RulesDatabase;
let people: readonly Person[];

beforeAll(async () => {
  database = await openRulesDatabase();
  people = await settlePeople(database.db, 40, 20240301);
});
afterAll(() => database.close());

async function nextChanges(rule: Rule, timeZone: string, at = now): Promise<Map<string, Date | null>> {
  const { text, params } = compileNextTransition(rule, shopLanguage, { now: at, timeZone });
  const statement = `select c.id, ${text} as next ${fromCustomers}`;
  const rows = await database.db.query<{ id: string; next: Date | null }>(statement, [...params]);
  return new Map(rows.map(({ id, next }) => [id, next]));
}

const dayMs = 86_400_000;

test('nobody comes into a random rule or leaves it before the moment told', async () => {
  let waiting = 0;

  await fc.assert(
    fc.asyncProperty(
      fc.oneof(clauses, rules),
      fc.constantFrom(...zones),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (rule, timeZone, share) => {
        const moments = await nextChanges(rule, timeZone);

        for (const person of people) {
          const next = moments.get(person.id)?.getTime() ?? now.getTime() + 400 * dayMs;
          expect(next).toBeGreaterThan(now.getTime());
          const isIn = (at: number) =>
            evaluateRule(rule, person, shopLanguage, { now: new Date(at), timeZone });
          const before = [next - 1, Math.floor(now.getTime() + (next - 1 - now.getTime()) * share)];
          const told = { rule: printRule(rule), person: person.id, timeZone, isIn: before.map(isIn) };
          expect(told).toStrictEqual({ ...told, isIn: before.map(() => isIn(now.getTime())) });
          if (next > now.getTime() + dayMs) waiting++;
        }
      },
    ),
    { numRuns: 150 },
  );

  // Telling "at once" for everybody would pass the test and be of no use.
  expect(waiting).toBeGreaterThan((150 * people.length) / 2);
}, 120_000);

const MINUTE_MS = 60_000;
const MEMBERS = 20;
const minutesAround = (minutes: number) =>
  fc.integer({ min: -minutes * MINUTE_MS, max: minutes * MINUTE_MS });
/** Calm days, ends of months of unequal length, and nights in which Berlin's or Lord Howe's clocks go forward or back. */
const presents = fc
  .tuple(
    fc.constantFrom(
      '2024-06-15T10:30:00Z',
      '2024-02-28T23:50:00Z',
      '2024-03-01T00:10:00Z',
      '2024-04-30T12:00:00Z',
      '2024-03-31T01:00:00Z',
      '2024-10-27T01:00:00Z',
      '2024-04-06T15:00:00Z',
      '2024-10-05T15:30:00Z',
    ),
    fc.oneof(fc.constant(0), minutesAround(20), minutesAround(40 * 60)),
  )
  .map(([text, shift]) => new Date(Date.parse(text) + shift));
const periods: fc.Arbitrary<Duration> = fc.oneof(
  fc.record({ amount: fc.integer({ min: 0, max: 3 }), unit: fc.constantFrom('h', 'd', 'w', 'm', 'y') }),
  // Back to the nights in which clocks were changed, and to the ends of shorter months.
  fc.record({ amount: fc.integer({ min: 1, max: 40 }), unit: fc.constantFrom('d', 'm') }),
);

test('nobody whose membership is about to come to the end of a period is told late', async () => {
  const rule = fc.record<MembershipRule>({
    kind: fc.constant('membership'),
    change: fc.constantFrom('in', 'entered', 'left'),
    group: fc.constant('segment'),
    key: fc.constant('edge'),
    period: periods,
  });
  const shifts = fc.array(
    fc.oneof(fc.constantFrom(0, -1, 1), minutesAround(20), minutesAround(4 * 60), minutesAround(100 * 60)),
    { minLength: MEMBERS, maxLength: MEMBERS },
  );
  let exact = 0;
  const zonesOfClocks = fc.constantFrom('UTC', 'Europe/Berlin', 'Europe/Berlin', 'Australia/Lord_Howe');

  await fc.assert(
    fc.asyncProperty(rule, zonesOfClocks, presents, shifts, async (random, timeZone, present, away) => {
      const { amount, unit } = random.period!;
      const edge = moveInstant(present.getTime(), -amount, unit, timeZone);
      const members = people
        .slice(0, MEMBERS)
        .map((person, index) => ({ ...person, ...movedAt(edge + away[index]!) }));
      await settleMembers(members);
      const moments = await nextChanges(random, timeZone, present);

      for (const person of members) {
        const next = moments.get(person.id)?.getTime() ?? present.getTime() + 8 * dayMs;
        expect(next).toBeGreaterThan(present.getTime());
        const isIn = (at: number) =>
          evaluateRule(random, person, shopLanguage, { now: new Date(at), timeZone });
        const before = momentsBetween(present.getTime(), next);
        const told = { present, rule: printRule(random), at: person.changes.segment[0]!.at, timeZone };
        expect({ ...told, next, isIn: before.map((at) => [new Date(at), isIn(at)]) }).toStrictEqual({
          ...told,
          next,
          isIn: before.map((at) => [new Date(at), isIn(present.getTime())]),
        });
        if (isIn(next) !== isIn(present.getTime())) exact++;
      }
    }),
    { numRuns: 100 },
  );

  // Telling "at once" for everybody would pass the test and be of no use.
  expect(exact).toBeGreaterThan((100 * MEMBERS) / 20);
}, 120_000);

function movedAt(ms: number) {
  const at = new Date(ms);
  const changes = (['entered', 'left'] as const).map((change) => ({ key: 'edge', change, at }));
  return { memberships: { segment: [{ key: 'edge', at }] }, changes: { segment: changes } };
}

async function settleMembers(
  members: readonly (Pick<Person, 'id'> & ReturnType<typeof movedAt>)[],
): Promise<void> {
  const { db } = database;
  await db.execute(`delete from segment_members where segment_key = 'edge';
    delete from segment_changes where segment_key = 'edge'`);
  const ids = members.map(({ id }) => id);
  const instants = members.map(({ changes }) => changes.segment[0]!.at.toISOString());
  await db.query(
    `insert into segment_members select id, 'edge', at from unnest($1::uuid[], $2::timestamptz[]) as t (id, at)`,
    [ids, instants],
  );
  await db.query(
    `insert into segment_changes select id, 'edge', change, at
    from unnest($1::uuid[], $2::timestamptz[]) as t (id, at), unnest('{entered,left}'::text[]) as change`,
    [ids, instants],
  );
}

/** The last millisecond before the moment, and those before it at growing distances, each quarter of the first hours among them. */
function momentsBetween(from: number, next: number): number[] {
  const quarters = Array.from({ length: 12 }, (_, index) => from + (index + 1) * 15 * MINUTE_MS);
  const halves = Array.from({ length: 12 }, (_, index) => next - Math.ceil((next - from) / 2 ** index));
  return [...quarters, ...halves, next - 1].filter((at) => at > from && at < next);
}

test.each([
  ['last_order_date >= -90d', 'UTC', '2024-05-02T00:00:00.000Z'],
  ['last_order_date < -90d', 'America/New_York', '2024-05-02T04:00:00.000Z'],
  ['last_order_date WITHIN LAST 36h', 'UTC', '2024-03-01T01:00:00.000Z'],
  ['last_order_date = LAST MONTH', 'UTC', '2024-03-01T00:00:00.000Z'],
  ['last_order_date = TODAY', 'UTC', null],
  ['last_order_date >= 2024-02-01', 'UTC', null],
  ['number_of_orders > 3', 'UTC', null],
  ['orders_placed MATCHES (date >= -7d, count >= 2)', 'UTC', '2024-03-04T00:00:00.000Z'],
  ["orders_placed MATCHES (date >= -7d, channel = 'till')", 'UTC', '2024-03-07T00:00:00.000Z'],
  ['orders_placed MATCHES (last_date < -7d)', 'UTC', '2024-03-07T00:00:00.000Z'],
  ['orders_placed MATCHES () THEN NOT products_purchased WITHIN 48h', 'UTC', '2024-03-01T13:00:00.000Z'],
  ['birthday ANNIVERSARY WITHIN NEXT 7d', 'UTC', '2024-04-24T00:00:00.000Z'],
  ['birthday ANNIVERSARY WITHIN LAST 1w', 'UTC', '2024-05-01T00:00:00.000Z'],
])('by %s in %s, one customer may change next at %s', async (text, timeZone, expected) => {
  const id = '018d0000-0000-7000-8000-000000000002';
  const { db } = database;
  await db.query(`insert into customers values ($1, 'FR', null, null, '1980-05-01', null, null, null)`, [id]);
  await db.query(
    `insert into customer_profiles values ($1, 2, 20050, null, null, '2024-02-01T13:00:00Z', null)`,
    [id],
  );
  if (text.includes('last_order')) {
    const at = text.includes('36h') ? '2024-02-28T13:00:00Z' : '2024-02-01T13:00:00Z';
    await db.query('update customer_profiles set last_order_at = $2 where customer_id = $1', [id, at]);
  }
  await db.query(`insert into orders values (-1, $1, '2024-02-25T13:00:00Z', 100, 'web', false)`, [id]);
  await db.query(`insert into orders values (-2, $1, '2024-02-28T13:00:00Z', 100, 'till', false)`, [id]);
  const read = readRule(text, shopLanguage);
  if (!read.ok) throw new Error(read.errors[0]?.message);

  const next = (await nextChanges(read.rule, timeZone)).get(id);
  for (const table of ['orders', 'customer_profiles'])
    await db.query(`delete from ${table} where customer_id = $1`, [id]);
  await db.query('delete from customers where id = $1', [id]);

  expect(next?.toISOString() ?? null).toBe(expected);
});
