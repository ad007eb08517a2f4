import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { compileNextTransition } from '#rule-language/sql/next-transition.ts';
import { printRule } from '#rule-language/syntax/print.ts';
import { readRule } from '#rule-language/check/read-rule.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
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

async function nextChanges(rule: Rule, timeZone: string): Promise<Map<string, Date | null>> {
  const { text, params } = compileNextTransition(rule, shopLanguage, { now, timeZone });
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
