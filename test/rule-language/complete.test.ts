import { expect, test } from 'vitest';

import { completeRule } from '#rule-language/editor/complete.ts';
import { shopLanguage } from './shop-language.ts';

/** Completions at the bar. */
function complete(marked: string) {
  const offset = marked.indexOf('|');
  return completeRule(marked.replace('|', ''), offset, shopLanguage);
}

function texts(marked: string): string[] {
  return complete(marked).items.map(({ text }) => text);
}

test('an empty rule offers every attribute and function that has data, and the ways to begin', () => {
  const offered = texts('|');

  expect(offered).toContain('number_of_orders');
  expect(offered).toContain('orders_placed');
  expect(offered).not.toContain('churn_risk');
  expect(offered).toStrictEqual(expect.arrayContaining(['EVERYONE', 'NOT', '(', 'IN', 'DID']));
});

test.each([
  ['num|', ['number_of_orders']],
  ['number_of_orders > 3 A|', ['AND']],
  ["(country = 'GB' |", ['AND', 'OR', ')']],
  ['is_business |', ['=', '!=', 'IS NULL', 'IS NOT NULL']],
  ['is_business = |', ['is_business', 'TRUE', 'FALSE']],
  ["rfm_group = 'l|", ["'loyal'", "'lost'"]],
  ["rfm_group IN ('loyal', |", ["'champions'", "'loyal'", "'at_risk'", "'lost'"]],
  ['country = r|', ['rfm_group']],
  ['number_of_orders BETWEEN 1 AND a|', ['amount_spent', 'average_order_value']],
  ['orders_placed |', ['MATCHES', '(', 'NOT']],
  ['orders_placed MATCHES (sum|', ['sum_amount']],
  ['orders_placed MATCHES (count > 1, d|', ['date', 'distinct_date', 'distinct_amount', 'distinct_channel']],
  ['orders_placed MATCHES (date >= T|', ['TODAY', 'THIS MONTH', 'THIS YEAR']],
  ['orders_placed MATCHES () THEN p|', ['products_purchased']],
  ['orders_placed MATCHES () THEN NOT p|', ['products_purchased']],
  ['DID |', ['orders_placed', 'products_purchased']],
  ['NOT IN |', ['SEGMENT', 'LIST']],
  ['ENTERED SEG|', ['SEGMENT']],
  ['LENGTH(|', ['customer_tags']],
  ['first_order_date WITHIN NEXT |', ['7d', '30d', '90d', '12m']],
  ['number_of_orders > 1 OR ~ |', []],
])('%s offers %s', (marked, expected) => {
  expect(texts(marked).toSorted()).toStrictEqual(expected.toSorted());
});

test('operators are those of the type', () => {
  const offered = texts('customer_tags |');

  expect(offered).toStrictEqual(
    expect.arrayContaining(['CONTAINS', 'HAS ANY', 'HAS ALL', 'HAS NONE', 'NOT', 'IS NULL']),
  );
  expect(offered).not.toContain('<');
  expect(offered).not.toContain('MATCHES');
});

test.each([
  ["country = 'G|", { kind: 'attribute', attribute: 'country' }, 'G'],
  ["country IN ('GB', |", { kind: 'attribute', attribute: 'country' }, ''],
  ["customer_tags HAS ANY ('O''N|", { kind: 'attribute', attribute: 'customer_tags' }, "O'N"],
  [
    "products_purchased MATCHES (category = 'k|",
    { kind: 'parameter', function: 'products_purchased', parameter: 'category' },
    'k',
  ],
  [
    "products_purchased MATCHES (category IN ('a', 'k|",
    { kind: 'parameter', function: 'products_purchased', parameter: 'category' },
    'k',
  ],
  ["IN SEGMENT 'v|", { kind: 'group', group: 'segment' }, 'v'],
  ["rfm_group = '|", null, ''],
  ['number_of_orders > |', null, ''],
])('%s asks for real values of %o', (marked, valuesOf, typed) => {
  expect(complete(marked)).toMatchObject({ valuesOf, typed });
});

test('a completion replaces the word that is being typed', () => {
  expect(complete("country = 'GB' AND num|ber > 3")).toMatchObject({ from: 19, to: 22, typed: 'num' });
  expect(complete("rfm_group = 'lo|")).toMatchObject({ from: 12, to: 15 });
});

test('text that no rule could begin with is answered at once, with nothing', () => {
  const start = performance.now();

  for (const text of [
    '('.repeat(20_000),
    "a = '".repeat(4_001),
    'NOT '.repeat(5_000),
    'a '.repeat(10_000),
    'x'.repeat(30_000),
  ]) {
    expect(completeRule(text, text.length, shopLanguage).items).toStrictEqual([]);
  }
  expect(performance.now() - start).toBeLessThan(5_000);
});
