import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileEvidence } from '#rule-language/sql/evidence.ts';
import { compileRule } from '#rule-language/sql/compile.ts';
import { readRule } from '#rule-language/check/read-rule.ts';
import { now } from './random-people.ts';
import { rules, words } from './random-rules.ts';
import { shopLanguage } from './shop-language.ts';

function compile(text: string, options: { firstParameter?: number; population?: 'all' | 'few' } = {}) {
  const read = readRule(text, shopLanguage);
  if (!read.ok) throw new Error(read.errors[0]?.message);
  return compileRule(read.rule, shopLanguage, { now, ...options });
}

test('values are parameters, dates resolved, in the order of the text', () => {
  expect(
    compile("country = 'GB' AND number_of_orders >= 3 AND last_order_date >= -90d", { firstParameter: 5 }),
  ).toStrictEqual({
    text: '(c.country = $5::text and p.order_count >= $6::numeric and p.last_order_at >= $7::timestamptz)',
    params: ['GB', 3, '2023-12-01T00:00:00.000Z'],
  });
});

test('negation keeps people without the value', () => {
  expect(compile("country != 'GB'").text).toBe('(c.country = $1::text) is not true');
  expect(compile("NOT country = 'GB'").text).toBe('(c.country = $1::text) is not true');
  expect(compile('NOT country IS NULL').text).toBe('not (c.country is null)');
});

test('whether there are such events at all is asked by exists', () => {
  const exists =
    'exists (select 1 from orders o where o.customer_id = c.id and (not o.is_cancelled) and o.channel = $1::text)';

  expect(compile("orders_placed MATCHES (channel = 'web')").text).toBe(exists);
  expect(compile("orders_placed MATCHES (channel = 'web', count > 0)").text).toBe(exists);
  expect(compile("orders_placed NOT MATCHES (channel = 'web')").text).toBe(`not (${exists})`);
  expect(compile("orders_placed MATCHES (channel = 'web', count = 0)").text).toBe(`not (${exists})`);
});

test('counts are grouped once for all customers and probed for a few', () => {
  expect(compile('orders_placed MATCHES (count >= 3)').text).toBe(
    'exists (select 1 from (select o.customer_id as customer_id from orders o where (not o.is_cancelled) group by o.customer_id having count(*) >= $1::numeric) grouped where grouped.customer_id = c.id)',
  );
  expect(compile('orders_placed MATCHES (count >= 3)', { population: 'few' }).text).toBe(
    '(select count(*) >= $1::numeric from orders o where o.customer_id = c.id and (not o.is_cancelled))',
  );
});

test('a join is added once, and only where its property is used', () => {
  const joins = (text: string) => compile(text).text.match(/left join products/g)?.length ?? 0;

  expect(joins("products_purchased MATCHES (product = 'a')")).toBe(0);
  expect(
    joins("products_purchased MATCHES (category = 'a', keywords HAS ANY ('b'), distinct_category > 1)"),
  ).toBe(1);
});

test('no value of a rule gets into the text, and every parameter is used', () => {
  fc.assert(
    fc.property(rules, fc.constantFrom('all' as const, 'few' as const), (rule, population) => {
      const compiled = compileRule(rule, shopLanguage, { now, population });
      const evidence = compileEvidence(rule, shopLanguage, { now });
      for (const { text, params } of [compiled, evidence]) {
        const values = [...words.filter((word) => word.length > 4), 'spring', 'churn-risk', '51.5', '2024'];
        expect(values.filter((value) => text.includes(value))).toStrictEqual([]);
        const used = new Set(text.match(/\$\d+/g));
        expect(used.size).toBe(params.length);
        expect(params.every((_, index) => used.has(`$${index + 1}`))).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('the text stays when the time moves on, so that it can be prepared', () => {
  fc.assert(
    fc.property(
      rules,
      fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
      (rule, later) => {
        const { text } = compileRule(rule, shopLanguage, { now });

        expect(compileRule(rule, shopLanguage, { now: later }).text).toBe(text);
      },
    ),
    { numRuns: 500 },
  );
});

test('a time zone that nobody knows is refused', () => {
  expect(() => compileRule({ kind: 'everyone' }, shopLanguage, { now, timeZone: 'Mars/Olympus' })).toThrow(
    'unknown time zone',
  );
});
