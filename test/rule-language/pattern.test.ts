import { expect, test } from 'vitest';

import { faultOfPattern } from '#rule-language/syntax/pattern.ts';

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
