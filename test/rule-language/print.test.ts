import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { parseRule } from '#rule-language/syntax/parse.ts';
import { printRule } from '#rule-language/syntax/print.ts';
import { readRule } from '#rule-language/check/read-rule.ts';
import { rules } from './random-rules.ts';
import { shopAttributes, shopLanguage } from './shop-language.ts';

function canonical(text: string): string {
  const parsed = parseRule(text);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return printRule(parsed.rule);
}

test('reading the printed text of any tree gives an equal tree that passes the checks', () => {
  fc.assert(
    fc.property(rules, (rule) => {
      const text = printRule(rule);

      const read = readRule(text, shopLanguage, { ownAttributes: shopAttributes });

      if (!read.ok) throw new Error(`${text}: ${read.errors[0]?.message}`);
      expect(read.rule).toStrictEqual(rule);
      expect(JSON.parse(JSON.stringify(read.rule))).toStrictEqual(rule);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["Country='GB'", "country = 'GB'"],
  ["country <> 'GB'", "country != 'GB'"],
  ['a = 1 or b = 2 and not c = 3', 'a = 1 OR b = 2 AND NOT c = 3'],
  ['(a = 1 or b = 2) and c = 3', '(a = 1 OR b = 2) AND c = 3'],
  ['not (a = 1 and b = 2)', 'NOT (a = 1 AND b = 2)'],
  ['((a = 1))', 'a = 1'],
  ["tags has 'vip'", "tags CONTAINS 'vip'"],
  ["tags has none ('a','b')", "tags HAS NONE ('a', 'b')"],
  ["tags not has none ('a')", "tags HAS ANY ('a')"],
  ["name = 'O''Neil'", "name = 'O''Neil'"],
  ['d within last 30d', 'd BETWEEN -30d AND TODAY'],
  ['d not within next 5H', 'd NOT BETWEEN NOW AND +5h'],
  ['d anniversary within next 0d', 'd ANNIVERSARY TODAY'],
  [
    "d >= 2024-01-31t10:00z at time zone 'Europe/London'",
    "d >= 2024-01-31T10:00Z AT TIME ZONE 'Europe/London'",
  ],
  ['d = Last   Month', 'd = LAST MONTH'],
  ['f(x: 1) = true', 'f MATCHES (x = 1)'],
  [
    'f(x: (1, 2), count: >= 3, date: between -7d and today) = false',
    'f NOT MATCHES (x IN (1, 2), count >= 3, date BETWEEN -7d AND TODAY)',
  ],
  ['did not f', 'f NOT MATCHES ()'],
  ['did f (count > 2)', 'f MATCHES (count > 2)'],
  ['f matches () then not g within 7d', 'f MATCHES () THEN NOT g MATCHES () WITHIN 7d'],
  ["not in segment 'vip' for 30d", "NOT IN SEGMENT 'vip' FOR 30d"],
  ["Entered Segment 'vip' within 1w", "ENTERED SEGMENT 'vip' WITHIN 1w"],
  ['a = -0.10', 'a = -0.1'],
  ['a = -0', 'a = 0'],
  [
    "bucket('x') < 10 and distance(51.5, -0.12) <= 25 and length(tags) > 1",
    "BUCKET('x') < 10 AND DISTANCE(51.5, -0.12) <= 25 AND LENGTH(tags) > 1",
  ],
])('%s is printed as %s, which stays as it is', (text, expected) => {
  expect(canonical(text)).toBe(expected);
  expect(canonical(expected)).toBe(expected);
});

test('a rule that was read against a language gives the tree that its text says', () => {
  const read = readRule("number_of_orders >= 3 AND country IN ('GB', 'FR')", shopLanguage);

  expect(read).toStrictEqual({
    ok: true,
    rule: {
      kind: 'and',
      rules: [
        {
          kind: 'test',
          subject: { kind: 'attribute', name: 'number_of_orders' },
          predicate: { kind: 'compare', operator: '>=', value: { kind: 'number', value: 3 } },
        },
        {
          kind: 'test',
          subject: { kind: 'attribute', name: 'country' },
          predicate: {
            kind: 'in',
            values: [
              { kind: 'string', value: 'GB' },
              { kind: 'string', value: 'FR' },
            ],
            negated: false,
          },
        },
      ],
    },
  });
});
