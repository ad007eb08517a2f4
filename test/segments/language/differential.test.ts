import { PGlite } from '@electric-sql/pglite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { compileRule } from '#segments/language/compile.ts';
import { evaluateRule } from '#segments/language/evaluate.ts';
import type { Person } from '#segments/language/person.ts';
import { printRule } from '#segments/language/print.ts';
import type { Rule } from '#segments/language/tree.ts';
import { now, settlePeople } from './random-people.ts';
import { clauses, rules, zones } from './random-rules.ts';
import { fromCustomers, shopLanguage } from './shop-language.ts';

let db: PGlite;
let people: readonly Person[];

beforeAll(async () => {
  db = await PGlite.create();
  people = await settlePeople(db, 120, 20240229);
});
afterAll(() => db.close());

async function matchedBySql(rule: Rule, timeZone: string, population: 'all' | 'few'): Promise<string[]> {
  if (population === 'all') {
    const { text, params } = compileRule(rule, shopLanguage, { now, timeZone });
    const { rows } = await db.query<{ id: string }>(
      `select c.id ${fromCustomers} where ${text} order by c.id`,
      [...params],
    );
    return rows.map(({ id }) => id);
  }
  const { text, params } = compileRule(rule, shopLanguage, { now, timeZone, population, firstParameter: 2 });
  const ids = people.map(({ id }) => id);
  const statement = `select c.id ${fromCustomers} where c.id = any($1::uuid[]) and ${text} order by c.id`;
  const { rows } = await db.query<{ id: string }>(statement, [ids, ...params]);
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
    ['single clauses', clauses, 900],
    ['whole rules', rules, 600],
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
          expect(await matchedBySql(rule, timeZone, population), printRule(rule)).toStrictEqual(expected);
        }),
        { numRuns },
      );

      // A comparison of empty sets proves little: most rules must tell people apart.
      expect(outcomes.some).toBeGreaterThan(numRuns / 2);
    },
    120_000,
  );
});
