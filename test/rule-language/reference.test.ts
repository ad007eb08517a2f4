import { expect, test } from 'vitest';

import { createLanguage } from '#rule-language/check/language.ts';
import { readRule } from '#rule-language/check/read-rule.ts';
import { describeLanguage } from '#rule-language/editor/reference.ts';
import { tokenTypes } from '#rule-language/syntax/tokens.ts';
import { shopLanguage } from './shop-language.ts';

const reference = describeLanguage(shopLanguage);

test.each(reference.operators)('the example of $operator is a rule: $example', ({ example }) => {
  expect(readRule(example, shopLanguage)).toMatchObject({ ok: true });
});

test('every keyword is told by an operator or a note', () => {
  const told = JSON.stringify(reference).toUpperCase();
  const keywords = tokenTypes.map(({ LABEL = '' }) => LABEL).filter((label) => /^[A-Z ]+$/.test(label));

  expect(keywords.filter((keyword) => !told.includes(keyword))).toStrictEqual([]);
});

test('attributes tell their operators, bounds, values and why they have no data', () => {
  const byName = new Map(reference.attributes.map((attribute) => [attribute.name, attribute]));

  expect(byName.get('churn_risk')).toStrictEqual({
    name: 'churn_risk',
    type: 'number',
    description: 'Chance of no order in the next 90 days.',
    operators: ['=', '!=', '<', '<=', '>', '>=', 'IN', 'BETWEEN', 'IS NULL'],
    unit: null,
    minimum: 0,
    maximum: 1,
    values: [],
    examples: [],
    unavailable: 'no churn model has been trained',
  });
  expect(byName.get('rfm_group')?.values).toStrictEqual(['champions', 'loyal', 'at_risk', 'lost']);
});

test('functions tell the parameters that follow from their properties', () => {
  const orders = reference.functions.find(({ name }) => name === 'orders_placed')!;
  const amounts = orders.parameters
    .filter(({ name }) => name.includes('amount'))
    .map(({ name, type }) => `${name}: ${type}`);

  expect(amounts).toStrictEqual([
    'amount: money',
    'sum_amount: money',
    'avg_amount: money',
    'min_amount: money',
    'max_amount: money',
    'distinct_amount: number',
    'first_amount: money',
    'last_amount: money',
  ]);
});

test.each(['BETWEEN', 'today', 'Country', 'a b', 'a.', '1st', ''])(
  'a definition cannot be called "%s"',
  (name) => {
    const attribute = {
      name,
      type: 'string',
      description: 'A name that the grammar has no place for.',
      sql: 'c.x',
    } as const;

    expect(() => createLanguage({ attributes: [attribute] })).toThrow(
      'cannot name a part of the rule language',
    );
  },
);

test('an attribute and a function of one name are refused', () => {
  const attribute = {
    name: 'orders_placed',
    type: 'number',
    description: 'Also a function.',
    sql: 'c.x',
  } as const;
  const functions = [...shopLanguage.functions.values()];

  expect(() => createLanguage({ attributes: [attribute], functions })).toThrow(
    'orders_placed is defined twice',
  );
});
