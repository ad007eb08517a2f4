import { ensureEventPartitions } from '#events/partitions.ts';
import { recomputeProfiles } from '#profiles/service.ts';
import { tagRules } from '#profiles/tags.ts';
import { contributeToLanguage, ruleLanguage } from '#segments/vocabulary/registry.ts';
import { compileReasons, compileRule, isTimeDriven, readSegmentRule } from '#segments/vocabulary/rule.ts';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { evaluateRule } from '../../rule-language/oracle/evaluate.ts';
import type { Person } from '../../rule-language/oracle/person.ts';
import { openTestApp, type TestApp } from '../../support/app.ts';
import { addCatalogue, addHistory, histories } from '../membership/random-history.ts';
import { DAY_MS, NOW } from '../shop.ts';

let app: TestApp;
let people: Person[];
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  const catalogue = await addCatalogue(app.db);
  await ensureEventPartitions(app, [NOW.getTime() - 200 * DAY_MS, NOW.getTime()]);
  people = [];
  for (const history of fc.sample(histories, { numRuns: 60, seed: 20_260_601 })) {
    people.push(await addHistory(app.db, catalogue, history));
  }
  await recomputeProfiles(app);
});
afterAll(() => app.close());

const FROM = 'from customers c left join customer_profiles p on p.customer_id = c.id';

async function selectedBy(rule: string, population: 'all' | 'few'): Promise<string[]> {
  const { sql, parameters } = compileRule(rule, { now: NOW, scope: population, firstParameter: 2 });
  const rows = await app.db.query<{ id: string }>(
    `select c.id ${FROM} where c.id = any($1::uuid[]) and (${sql}) order by c.id`,
    [people.map(({ id }) => id), ...parameters],
  );
  return rows.map(({ id }) => id);
}

function evaluated(rule: string): string[] {
  const tree = readSegmentRule(rule);
  return people
    .filter((person) => evaluateRule(tree, person, ruleLanguage(), { now: NOW }))
    .map(({ id }) => id)
    .toSorted();
}

const comparators = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
const negation = fc.constantFrom('', 'NOT ');

/** Clauses about values that people have, so that rules tell them apart. */
const attributeClauses = [
  'number_of_orders',
  'amount_spent',
  'average_order_value',
  'recency_days',
  'average_gap_days',
  'number_of_items',
  'number_of_products',
  'items_per_order',
  'products_per_order',
  'number_of_returns',
  'return_rate',
  'preferred_weekday',
  'preferred_hour',
].map((name) =>
  fc.tuple(comparators, fc.nat({ max: 59 }), negation).map(([comparator, person, not]) => {
    const value = people[person]!.attributes[name] as number | null;
    return value === null
      ? `${not}${name} IS NULL`
      : `${not}${name} ${comparator} ${Math.round(value * 100) / 100}`;
  }),
);
const dateClauses = ['created_date', 'last_seen_date', 'first_order_date', 'last_order_date'].map((name) =>
  fc
    .tuple(comparators, fc.integer({ min: 1, max: 200 }), fc.constantFrom('d', 'h', 'w'), negation)
    .map(([comparator, amount, unit, not]) => `${not}${name} ${comparator} -${amount}${unit}`),
);
const textClauses = fc.tuple(
  negation,
  fc.constantFrom(
    "country = 'GB'",
    "country = 'Côte d''Ivoire'",
    "country IN ('FR', 'GB')",
    'country IS NULL',
    "language STARTS WITH 'FR'",
    "email_subscription_status = 'subscribed'",
    "sms_subscription_status != 'unsubscribed'",
    "push_subscription_status = 'not_subscribed'",
    "consents_granted CONTAINS 'email:marketing'",
    "customer_tags CONTAINS 'repeat_buyer'",
    "customer_tags HAS ANY ('vip', 'one_time_buyer')",
  ),
);
const eventClauses = fc
  .tuple(
    negation,
    fc.constantFrom(
      'orders_placed',
      'orders_returned',
      'products_purchased',
      'products_viewed',
      'products_added_to_cart',
      'messages_sent',
      'messages_opened',
      'events',
    ),
    comparators,
    fc.nat({ max: 4 }),
    fc.option(fc.integer({ min: 1, max: 200 })),
    fc.nat({ max: 3 }),
  )
  .map(([not, name, comparator, count, days, choice]) => {
    const isOrder = name.startsWith('orders');
    const own = isOrder
      ? ['sum_amount > 150', 'items >= 5', 'max_amount < 200', 'amount >= 80']
      : name === 'products_purchased'
        ? ['sum_quantity > 6', "category = 'Light'", 'distinct_category >= 2', 'avg_amount > 60']
        : name.startsWith('messages')
          ? ["channel = 'email'", "channel != 'sms'", 'distinct_channel >= 2', 'channel IS NULL']
          : [
              "category CONTAINS 'kitchen'",
              "category = 'Light'",
              'category IS NULL',
              'distinct_category >= 1',
            ];
    const window = days === null ? '' : `, date >= -${days}d`;
    return `${not}${name} MATCHES (count ${comparator} ${count}${window}, ${own[choice]!})`;
  });
const clause = fc.oneof(
  ...attributeClauses,
  ...dateClauses,
  textClauses.map((parts) => parts.join('')),
  eventClauses,
);
const rules = fc
  .array(fc.tuple(clause, fc.constantFrom(' AND ', ' OR ')), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map(([text, word], index) => (index === 0 ? text : `${word}${text}`)).join(''));

test('SQL over the real tables selects whom the evaluator selects, for random rules', async () => {
  let isSelective = 0;
  for (const rule of fc.sample(rules, { numRuns: 200, seed: 20_260_601 })) {
    const wanted = evaluated(rule);

    expect({ rule, ids: await selectedBy(rule, 'all') }).toEqual({ rule, ids: wanted });
    expect({ rule, ids: await selectedBy(rule, 'few') }).toEqual({ rule, ids: wanted });
    if (wanted.length > 0 && wanted.length < people.length) isSelective += 1;
  }
  expect(isSelective).toBeGreaterThan(120);
});

test('reasons come to the same verdict as the rule', async () => {
  for (const rule of fc.sample(rules, { numRuns: 60, seed: 7 })) {
    const { sql, parameters, explain } = compileReasons(readSegmentRule(rule), { now: NOW });
    const rows = await app.db.query<{ id: string; evidence: unknown }>(
      `select c.id, ${sql} as evidence ${FROM} order by c.id`,
      parameters,
    );

    const ids = rows.filter(({ evidence }) => explain(evidence).matches).map(({ id }) => id);
    expect({ rule, ids }).toEqual({ rule, ids: evaluated(rule) });
  }
});

const hasData = ({ unavailable }: { readonly unavailable?: string }) => unavailable === undefined;

test('every attribute and every parameter of every function can be asked', async () => {
  const { attributes, functions } = ruleLanguage();
  const clauses = [
    ...[...attributes.values()].filter(hasData).map(({ name }) => `${name} IS NOT NULL`),
    ...[...functions.values()]
      .filter(hasData)
      .flatMap(({ name, parameters }) =>
        [...parameters.keys()].map((parameter) => `${name} MATCHES (${parameter} IS NOT NULL)`),
      ),
  ];

  // Together in few statements: each is parsed and planned anew.
  for (let start = 0; start < clauses.length; start += 25) {
    const text = clauses.slice(start, start + 25).join(' OR ');
    for (const population of ['all', 'few'] as const) await selectedBy(text, population);
    const { sql, parameters } = compileReasons(readSegmentRule(text), { now: NOW });
    await app.db.query(`select ${sql} ${FROM} limit 1`, parameters);
  }
  expect(clauses.length).toBeGreaterThan(100);
});

test.each(tagRules.map(({ name, rule }) => [name, rule]))(
  'the tag %s is given to those who follow %s',
  async (name, rule) => {
    expect(await selectedBy(`customer_tags CONTAINS '${name}'`, 'all')).toEqual(
      await selectedBy(rule, 'all'),
    );
  },
);

test('a feature above segments adds its own attribute', async () => {
  contributeToLanguage({
    attributes: [{ name: 'favourite_number', type: 'number', description: 'For this test.', sql: '42' }],
  });

  expect(await selectedBy('favourite_number = 42', 'all')).toHaveLength(people.length);
});

test('knows which rules the passing of time can change', () => {
  expect(isTimeDriven(readSegmentRule('recency_days > 90'))).toBe(true);
  expect(isTimeDriven(readSegmentRule('last_order_date < -90d'))).toBe(true);
  expect(isTimeDriven(readSegmentRule('orders_placed MATCHES (date >= -90d)'))).toBe(true);
  expect(isTimeDriven(readSegmentRule('last_order_date < 2026-01-01 AND number_of_orders > 2'))).toBe(false);
});
