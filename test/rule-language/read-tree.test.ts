import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { readRuleTree } from '#rule-language/syntax/read-tree.ts';
import { rules } from './random-rules.ts';
import { shopAttributes, shopLanguage } from './shop-language.ts';

test('the tree of any rule is read as itself', () => {
  fc.assert(
    fc.property(rules, (rule) => {
      const options = { ownAttributes: shopAttributes };
      expect(readRuleTree(rule, shopLanguage, options)).toStrictEqual({ ok: true, rule });
    }),
    { numRuns: 300 },
  );
});

test('what is no tree is refused, whatever it is', () => {
  fc.assert(
    fc.property(fc.anything(), (tree) => {
      expect(readRuleTree(tree, shopLanguage).ok).toBe(false);
    }),
  );
});

const attribute = { kind: 'attribute', name: 'number_of_orders' };
const isNull = { kind: 'null', negated: false };
const ordersNull = { kind: 'test', subject: attribute, predicate: isNull };

test.each([
  [
    'text in place of a name',
    { ...ordersNull, subject: { kind: 'attribute', name: 'country IS NULL OR language' } },
  ],
  ['a property too many', { ...ordersNull, note: 'x' }],
  ['an AND of one', { kind: 'and', rules: [ordersNull] }],
  [
    'an operator that does not exist',
    { ...ordersNull, predicate: { kind: 'compare', operator: '=>', value: { kind: 'number', value: 1 } } },
  ],
  [
    'a number as text',
    { ...ordersNull, predicate: { kind: 'compare', operator: '=', value: { kind: 'number', value: '1' } } },
  ],
  [
    'an infinite number',
    {
      ...ordersNull,
      predicate: { kind: 'compare', operator: '=', value: { kind: 'number', value: Infinity } },
    },
  ],
])('%s is refused', (_, tree) => {
  expect(readRuleTree(tree, shopLanguage).ok).toBe(false);
});

test('names and types of a tree are checked', () => {
  const tree = { ...ordersNull, subject: { kind: 'attribute', name: 'number_of_order' } };

  expect(readRuleTree(tree, shopLanguage)).toMatchObject({ errors: [{ suggestion: 'number_of_orders' }] });
});

test('a tree nested without end is refused', () => {
  let tree: object = ordersNull;
  for (let depth = 0; depth < 100_000; depth++) tree = { kind: 'not', rule: tree };

  expect(readRuleTree(tree, shopLanguage).ok).toBe(false);
});
