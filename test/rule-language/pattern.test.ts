import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { matchesPattern } from './oracle/pattern-match.ts';
import { faultOfPattern, readPattern } from '#rule-language/syntax/pattern.ts';
import { patternTexts, subjects } from './random-patterns.ts';

test('random patterns match what the regular expressions of JavaScript match', () => {
  fc.assert(
    fc.property(patternTexts, subjects, (pattern, text) => {
      expect(faultOfPattern(pattern)).toBeUndefined();
      // Without s, a dot leaves line ends out; ours takes every character.
      expect(matchesPattern(readPattern(pattern), text)).toBe(new RegExp(pattern, 'su').test(text));
    }),
    { numRuns: 3000 },
  );
});

test('a pattern that hangs a backtracking matcher is answered at once', () => {
  const pattern = readPattern('^(a|a)*(a+)*(.*.*.*)*b$');
  const start = performance.now();

  expect(matchesPattern(pattern, 'a'.repeat(20_000))).toBe(false);
  expect(performance.now() - start).toBeLessThan(2_000);
});

test.each([
  ['a(b', 'an opening parenthesis is not closed'],
  ['a)b', 'a closing parenthesis has no opening one'],
  ['[a', 'it ends where ] to close [ was expected'],
  ['[]', '[ ] holds no character'],
  ['[z-a]', 'a range inside [ ] runs from a lower to a higher character'],
  ['[[:alpha:]]', 'write \\[ for the character inside [ ]'],
  ['[\\W]', '\\D, \\W and \\S cannot stand inside [ ]'],
  ['*a', '* repeats nothing'],
  ['a*?', 'a repetition follows another'],
  ['^*', '^ and $ cannot be repeated'],
  ['a{2', 'braces hold a count'],
  ['a{3,2}', 'a count in braces runs from low to high'],
  ['a{51}', 'a count is at most 50'],
  ['(a)\\1', '\\1 is not supported'],
  ['\\bword', '\\b is not supported'],
  ['a\\', 'it ends where a character after \\ was expected'],
  ['(?i)a', 'groups with (? are not supported'],
  ['((a{50}){50})', 'repeats too much'],
])('%s is refused: %s', (pattern, message) => {
  expect(faultOfPattern(pattern)).toContain(message);
});
