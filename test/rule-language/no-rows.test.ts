import { expect, test } from 'vitest';

import { matchesNoRows } from '#rule-language/sql/no-rows.ts';
import type { Comparator } from '#rule-language/syntax/tree.ts';
import { shopLanguage } from './shop-language.ts';

const sum = shopLanguage.functions.get('orders_placed')!.parameters.get('sum_amount')!;

test.each<[Comparator, readonly number[]]>([
  ['=', [0]],
  ['!=', [-1, 1]],
  ['<', [1]],
  ['<=', [0, 1]],
  ['>', [-1]],
  ['>=', [-1, 0]],
])('a sum of no rows is %s each of %j, of -1, 0 and 1', (operator, expected) => {
  const fits = [-1, 0, 1].filter((value) =>
    matchesNoRows(sum, { kind: 'compare', operator, value: { kind: 'number', value } }),
  );

  expect(fits).toEqual(expected);
});
