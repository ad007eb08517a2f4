import { describeGrammar } from '#rule-language/editor/grammar-text.ts';
import { expect, test } from 'vitest';

const productions = new Map(
  describeGrammar()
    .split('\n')
    .map((line) => {
      const [name = '', body = ''] = line.split(' = ', 2);
      return [name, body] as const;
    }),
);

test('the grammar begins with the whole rule and states the precedence of the connectives', () => {
  expect([...productions.keys()][0]).toBe('rule');
  expect(productions.get('disjunction')).toBe("conjunction ( 'OR' conjunction )* ;");
  expect(productions.get('conjunction')).toBe("negation ( 'AND' negation )* ;");
  expect(productions.get('negation')).toBe("( 'NOT' )* primary ;");
});

test('every production that the grammar names is defined in it, and reached from the rule', () => {
  const namesIn = (body: string): string[] =>
    body.replaceAll(/'[^']*'|<[^>]*>/g, '').match(/[a-zA-Z]+/g) ?? [];
  const reached = new Set(['rule']);
  for (const name of reached) {
    for (const inner of namesIn(productions.get(name) ?? '')) reached.add(inner);
  }

  expect([...reached].toSorted()).toEqual([...productions.keys()].toSorted());
});
