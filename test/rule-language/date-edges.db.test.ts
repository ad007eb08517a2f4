import { afterAll, beforeAll, expect, test } from 'vitest';

import { compilePredicate } from '#rule-language/sql/compile-predicate.ts';
import { startCompiling } from '#rule-language/sql/compile.ts';
import { parseRule } from '#rule-language/syntax/parse.ts';
import type { DateLiteral, Predicate } from '#rule-language/syntax/tree.ts';
import { spanOf } from './oracle/calendar.ts';
import { evaluatePredicate } from './oracle/evaluate-predicate.ts';
import { now } from './random-people.ts';
import { openRulesDatabase, type RulesDatabase } from './rules-database.ts';
import { shopLanguage } from './shop-language.ts';

let database: RulesDatabase;

beforeAll(async () => {
  database = await openRulesDatabase();
});
afterAll(() => database.close());

const timeZone = 'America/New_York';
const time = { now, timeZone };
const dates = [
  '2024-02-20',
  '2024-02',
  '2024-02-20T10:00',
  '2024-02-20T10:00Z',
  'TODAY',
  '-36h',
  '-1m',
  'LAST WEEK',
  "+1d AT TIME ZONE 'UTC'",
];
const operators = ['=', '!=', '<', '<=', '>', '>='];

function predicateOf(text: string): Predicate {
  const parsed = parseRule(`last_order_date ${text}`);
  if (!parsed.ok || parsed.rule.kind !== 'test') throw new Error(text);
  return parsed.rule.predicate;
}

const cases = dates.flatMap((date) =>
  [...operators, 'IN', 'NOT BETWEEN'].map((operator) => {
    const operand =
      operator === 'IN' ? `(${date})` : operator === 'NOT BETWEEN' ? `${date} AND ${date}` : date;
    return { operator, operand, date };
  }),
);

/** The first and last millisecond of the stretch, and those around them. */
function edgesOf(date: string): Date[] {
  const predicate = predicateOf(`= ${date}`);
  if (predicate.kind !== 'compare') throw new Error(date);
  const { start, end } = spanOf(predicate.value as DateLiteral, time);
  return [start - 1, start, start + 1, end - 1, end, end + 1].map((ms) => new Date(ms));
}

test.each(cases)(
  '$operator $operand holds in SQL for the same milliseconds as in memory',
  async ({ operator, operand, date }) => {
    const values = [...edgesOf(date), null];
    const predicate = predicateOf(`${operator} ${operand}`);
    const { compiling, params } = startCompiling(shopLanguage, { now, timeZone, firstParameter: 2 });
    const { sql } = compilePredicate({ sql: 'value', type: 'date' }, predicate, compiling);

    const rows = await database.db.query<{ holds: boolean }>(
      `select coalesce(${sql}, false) as holds from unnest($1::timestamptz[]) with ordinality as t (value, n) order by n`,
      [values.map((value) => value?.toISOString() ?? null), ...params],
    );

    const attribute = () => ({ value: null, type: 'date' as const });
    const expected = values.map((value) =>
      evaluatePredicate({ value, type: 'date' }, predicate, { attribute, time }),
    );
    expect(rows.map(({ holds }) => holds)).toStrictEqual(expected);
    expect(new Set(expected).size).toBe(2);
  },
);
