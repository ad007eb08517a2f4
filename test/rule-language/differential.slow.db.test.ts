import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { compileRule } from '#rule-language/sql/compile.ts';
import { readDay, startOfDay } from '#rule-language/syntax/dates.ts';
import { compileEvidence } from '#rule-language/sql/evidence.ts';
import { printPatternForSql, readPattern } from '#rule-language/syntax/pattern.ts';
import { printRule } from '#rule-language/syntax/print.ts';
import { readRule } from '#rule-language/check/read-rule.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
import { evaluateRule } from './oracle/evaluate.ts';
import type { Person } from './oracle/person.ts';
import { patternTexts, subjects } from './random-patterns.ts';
import { now, settlePeople } from './random-people.ts';
import { clauses, eventsOrNone, rules, zones } from './random-rules.ts';
import { openRulesDatabase, type RulesDatabase } from './rules-database.ts';
import { fromCustomers, shopAttributes, shopLanguage } from './shop-language.ts';

let database: RulesDatabase;
let people: readonly Person[];

beforeAll(async () => {
  database = await openRulesDatabase();
  people = await settlePeople(database.db, 120, 20240229);
});
afterAll(() => database.close());

async function matchedBySql(rule: Rule, timeZone: string, population: 'all' | 'few'): Promise<string[]> {
  if (population === 'all') {
    const { text, params } = compileRule(rule, shopLanguage, { now, timeZone });
    const rows = await database.db.query<{ id: string }>(
      `select c.id ${fromCustomers} where ${text} order by c.id`,
      [...params],
    );
    return rows.map(({ id }) => id);
  }
  const { text, params } = compileRule(rule, shopLanguage, { now, timeZone, population, firstParameter: 2 });
  const ids = people.map(({ id }) => id);
  const statement = `select c.id ${fromCustomers} where c.id = any($1::uuid[]) and ${text} order by c.id`;
  const rows = await database.db.query<{ id: string }>(statement, [ids, ...params]);
  return rows.map(({ id }) => id);
}

function matchedInMemory(rule: Rule, timeZone: string): string[] {
  return people
    .filter((person) => evaluateRule(rule, person, shopLanguage, { now, timeZone }))
    .map(({ id }) => id)
    .toSorted();
}

describe.each(['all', 'few'] as const)('for %s customers', (population) => {
  test.each([
    ['single clauses', clauses, 600],
    ['clauses of events or none', eventsOrNone, 400],
    ['whole rules', rules, 400],
  ] as const)(
    'SQL and memory choose the same people by random %s',
    async (_, arbitrary, numRuns) => {
      const outcomes = { nobody: 0, everybody: 0, some: 0 };

      await fc.assert(
        fc.asyncProperty(arbitrary, fc.constantFrom(...zones), async (rule, timeZone) => {
          const expected = matchedInMemory(rule, timeZone);
          outcomes[
            expected.length === 0 ? 'nobody' : expected.length === people.length ? 'everybody' : 'some'
          ]++;
          const chosen = { rule: printRule(rule), people: await matchedBySql(rule, timeZone, population) };
          expect(chosen).toStrictEqual({ rule: printRule(rule), people: expected });
        }),
        { numRuns },
      );

      // A comparison of empty sets proves little: many rules must tell people apart.
      expect(outcomes.some).toBeGreaterThan(numRuns / 3);
    },
    120_000,
  );
});

async function explanationsOf(rule: Rule, timeZone = 'UTC') {
  const { text, params, explain } = compileEvidence(rule, shopLanguage, { now, timeZone, firstParameter: 2 });
  const ids = people.map(({ id }) => id);
  const statement = `select c.id, ${text} as evidence ${fromCustomers} where c.id = any($1::uuid[])`;
  const rows = await database.db.query<{ id: string; evidence: unknown }>(statement, [ids, ...params]);
  return new Map(rows.map(({ id, evidence }) => [id, explain(evidence)]));
}

test('SQL matches random patterns as the regular expressions of JavaScript do', async () => {
  const cases = fc.sample(fc.tuple(patternTexts, subjects), 1000);
  const patterns = cases.map(([pattern]) => printPatternForSql(readPattern(pattern)));

  const rows = await database.db.query<{ matches: boolean }>(
    'select text ~ pattern as matches from unnest($1::text[], $2::text[]) with ordinality as t (text, pattern, n) order by n',
    [cases.map(([, text]) => text), patterns],
  );

  const told = cases.map(([pattern, text], index) => ({ pattern, text, matches: rows[index]!.matches }));
  expect(told).toStrictEqual(
    // Without s, a dot leaves line ends out; ours takes every character.
    cases.map(([pattern, text]) => ({ pattern, text, matches: new RegExp(pattern, 'su').test(text) })),
  );
});

test('days of random zones begin when SQL says that they begin', async () => {
  const names = [
    'Europe/London',
    'America/Sao_Paulo',
    'Asia/Beirut',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/Havana',
  ];
  const days = fc.date({ min: new Date('1950-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
  const cases = fc.sample(fc.tuple(days, fc.constantFrom(...zones, ...names)), 1000);
  const texts = cases.map(([day]) => day.toISOString().slice(0, 10));

  const rows = await database.db.query<{ start: Date }>(
    'select day::timestamp at time zone zone as start from unnest($1::date[], $2::text[]) with ordinality as t (day, zone, n) order by n',
    [texts, cases.map(([, zone]) => zone)],
  );

  const told = rows.map(({ start }, index) => `${texts[index]} ${cases[index]![1]} ${start.toISOString()}`);
  expect(told).toStrictEqual(
    cases.map(([, zone], index) => {
      const text = texts[index]!;
      return `${text} ${zone} ${new Date(startOfDay(readDay(text), zone)).toISOString()}`;
    }),
  );
});

test('the reasons of random rules agree with the rule, and each tells a clause that decided', async () => {
  await fc.assert(
    fc.asyncProperty(rules, fc.constantFrom(...zones), async (rule, timeZone) => {
      const explanations = await explanationsOf(rule, timeZone);

      for (const person of people) {
        const { matches, reasons } = explanations.get(person.id)!;
        expect(matches).toBe(evaluateRule(rule, person, shopLanguage, { now, timeZone }));
        for (const { clause, holds } of reasons) {
          const read = readRule(clause, shopLanguage, { ownAttributes: shopAttributes });
          if (!read.ok) throw new Error(clause);
          expect(evaluateRule(read.rule, person, shopLanguage, { now, timeZone })).toBe(holds);
        }
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);

test('reasons carry the values of the person: attributes of both sides, counts and sums, in UTC', async () => {
  const read = readRule(
    `(country = 'XX' OR last_order_date < TODAY) AND birthday IS NOT NULL
     AND orders_placed MATCHES (count >= 2, sum_amount > 100, channel = 'till', last_date < TODAY) AND amount_spent > average_order_value`,
    shopLanguage,
  );
  if (!read.ok) throw new Error(read.errors[0]?.message);
  const { db } = database;
  const id = '018d0000-0000-7000-8000-000000000001';
  await db.query(`insert into customers values ($1, 'FR', null, null, '1980-05-01', null, null, null)`, [id]);
  await db.query(
    `insert into customer_profiles values ($1, 2, 20050, null, null, '2024-02-01T12:00:00Z', null)`,
    [id],
  );
  await db.query(`insert into orders values (-1, $1, '2024-01-05T12:00:00Z', 100.25, 'till', false)`, [id]);
  await db.query(`insert into orders values (-2, $1, '2024-02-01T12:00:00Z', 100.25, 'till', false)`, [id]);
  const { text, params, explain } = compileEvidence(read.rule, shopLanguage, { now, firstParameter: 2 });

  await db.execute(`set time zone 'Asia/Tokyo'`);
  const statement = `select ${text} as evidence ${fromCustomers} where c.id = $1`;
  const rows = await database.db.query<{ evidence: unknown }>(statement, [id, ...params]);
  await db.execute(`set time zone 'UTC'`);
  for (const table of ['orders', 'customer_profiles'])
    await db.query(`delete from ${table} where customer_id = $1`, [id]);
  await db.query('delete from customers where id = $1', [id]);

  expect(explain(rows[0]!.evidence)).toStrictEqual({
    matches: true,
    reasons: [
      {
        clause: 'last_order_date < TODAY',
        holds: true,
        values: { last_order_date: '2024-02-01T12:00:00.000Z' },
        text: 'last_order_date < TODAY: last_order_date is 2024-02-01T12:00:00.000Z',
      },
      {
        clause: 'birthday IS NOT NULL',
        holds: true,
        values: { birthday: '1980-05-01' },
        text: 'birthday IS NOT NULL: birthday is 1980-05-01',
      },
      {
        clause: "orders_placed MATCHES (count >= 2, sum_amount > 100, channel = 'till', last_date < TODAY)",
        holds: true,
        values: { count: 2, sum_amount: 200.5, last_date: '2024-02-01T12:00:00.000Z' },
        text: "orders_placed MATCHES (count >= 2, sum_amount > 100, channel = 'till', last_date < TODAY): count is 2, last_date is 2024-02-01T12:00:00.000Z, sum_amount is 200.5",
      },
      {
        clause: 'amount_spent > average_order_value',
        holds: true,
        values: { amount_spent: 200.5, average_order_value: 100.25 },
        text: 'amount_spent > average_order_value: amount_spent is 200.5 GBP, average_order_value is 100.25 GBP',
      },
    ],
  });
});
