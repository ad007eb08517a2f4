import { expect, test } from 'vitest';

import { dependenciesOf } from '#rule-language/check/dependencies.ts';
import { parseRule } from '#rule-language/syntax/parse.ts';
import { printRule } from '#rule-language/syntax/print.ts';
import { findSegmentCycle, inlineSegments } from '#rule-language/check/references.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';

function rule(text: string): Rule {
  const parsed = parseRule(text);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.rule;
}

const saved: Readonly<Record<string, string>> = {
  a: "IN SEGMENT 'b' AND country = 'GB'",
  b: "NOT IN SEGMENT 'c'",
  c: "ENTERED SEGMENT 'd' WITHIN 7d OR IN SEGMENT 'b'",
  d: 'number_of_orders > 3',
};
const resolve = (key: string) => (saved[key] === undefined ? undefined : rule(saved[key]));

test('a segment that comes back to itself is told with the way it takes', () => {
  expect(findSegmentCycle('d', rule("IN SEGMENT 'a'"), resolve)).toStrictEqual(['d', 'a', 'b', 'c', 'd']);
  expect(findSegmentCycle('x', rule("IN SEGMENT 'x'"), resolve)).toStrictEqual(['x', 'x']);
});

test('a segment that refers to a cycle of others, or to none, is in no cycle', () => {
  expect(findSegmentCycle('x', rule("IN SEGMENT 'a'"), resolve)).toBeUndefined();
  expect(findSegmentCycle('x', rule("IN SEGMENT 'd' AND IN SEGMENT 'unknown'"), resolve)).toBeUndefined();
  expect(findSegmentCycle('x', rule("IN LIST 'x'"), resolve)).toBeUndefined();
});

test('segments are written out down to those without a rule or with a history', () => {
  const text = "IN SEGMENT 'd' AND NOT (IN SEGMENT 'd' OR IN SEGMENT 'hand') OR IN SEGMENT 'd' FOR 3d";

  expect(printRule(inlineSegments(rule(text), resolve))).toBe(
    "number_of_orders > 3 AND NOT (number_of_orders > 3 OR IN SEGMENT 'hand') OR IN SEGMENT 'd' FOR 3d",
  );
});

test('writing out a cycle fails instead of running on', () => {
  expect(() => inlineSegments(rule("IN SEGMENT 'b'"), resolve)).toThrow('b -> c -> b');
});

test('the dependencies of a rule are every attribute, function and group that it asks', () => {
  const text = `number_of_orders > 3 AND (amount_spent > average_order_value OR LENGTH(customer_tags) > 1)
    AND orders_placed MATCHES (date >= first_order_date) THEN products_purchased AND IN SEGMENT 'vip' AND IN LIST 'x'
    AND BUCKET('a') < 50 AND NOT IN SEGMENT 'vip' AND DISTANCE(1, 2) < 5`;

  expect(dependenciesOf(rule(text))).toStrictEqual({
    attributes: [
      'amount_spent',
      'average_order_value',
      'customer_tags',
      'first_order_date',
      'number_of_orders',
    ],
    functions: ['orders_placed', 'products_purchased'],
    ownAttributes: [],
    groups: [
      { group: 'list', key: 'x' },
      { group: 'segment', key: 'vip' },
    ],
    dependsOnTime: false,
    usesPlace: true,
  });
});

test.each([
  ['last_order_date >= -90d', true],
  ['last_order_date >= 2024-01-01', false],
  ['last_order_date IN (2024-01-01, TODAY)', true],
  ['last_order_date BETWEEN 2024-01-01 AND THIS MONTH', true],
  ['birthday ANNIVERSARY TODAY', true],
  ['orders_placed MATCHES (date >= -7d)', true],
  ['orders_placed MATCHES (count > 3)', false],
  ['orders_placed MATCHES () THEN orders_placed WITHIN 7d', false],
  ['orders_placed MATCHES () THEN NOT orders_placed WITHIN 7d', true],
  ["IN SEGMENT 'vip'", false],
  ["IN SEGMENT 'vip' FOR 7d", true],
  ["NOT (country = 'GB' OR LEFT SEGMENT 'vip' WITHIN 7d)", true],
])('whether time alone can change who matches %s: %s', (text, expected) => {
  expect(dependenciesOf(rule(text)).dependsOnTime).toBe(expected);
});
