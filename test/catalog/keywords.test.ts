import { extractKeywords, foldPlural, tokenize } from '#catalog/keywords.ts';
import { assert, lorem, property, string } from 'fast-check';
import { expect, test } from 'vitest';

test.each([
  ['candles', 'candle'],
  ['cherries', 'cherry'],
  ['boxes', 'box'],
  ['glasses', 'glass'],
  ['dishes', 'dish'],
  ['glass', 'glass'],
  ['cactus', 'cactus'],
  ["children's", 'children'],
  ['pies', 'pie'],
])('folds %s to %s', (plural, singular) => {
  expect(foldPlural(plural)).toBe(singular);
});

test('drops stop words, units, measures and numbers', () => {
  expect(tokenize('SET OF 6 Glass T-LIGHTS with 2 hooks, 12cm and 500 ml')).toEqual([
    'glass',
    'light',
    'hook',
  ]);
});

test('weighs a word of the name above one of the category, and that above one of the description', () => {
  const keywords = extractKeywords({
    name: 'Lantern',
    category: 'Garden',
    brand: null,
    description: 'Made of iron, a lantern for the night',
  });

  expect(keywords).toEqual([
    { keyword: 'lantern', weight: 0.5 },
    { keyword: 'garden', weight: 0.25 },
    { keyword: 'iron', weight: 0.125 },
    { keyword: 'night', weight: 0.125 },
  ]);
});

test('weights of whatever text add up to 1 within rounding, at most 12 of them', () => {
  assert(
    property(lorem({ maxCount: 60 }), string(), (name, description) => {
      const keywords = extractKeywords({ name, description, brand: null, category: null });

      expect(keywords.length).toBeLessThanOrEqual(12);
      if (keywords.length === 0) return;
      expect(keywords.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 2);
    }),
  );
});
