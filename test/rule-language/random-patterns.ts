/** Random patterns of MATCHES REGEX and texts on which they have a chance. */
import * as fc from 'fast-check';

import { faultOfPattern } from '#rule-language/syntax/pattern.ts';

const atoms = fc.constantFrom(
  'a',
  'b',
  'É',
  '🛒',
  '.',
  '[ab]',
  '[^a]',
  '[a-c🛒]',
  '\\d',
  '\\W',
  '\\s',
  '\\.',
  '-',
  '[\\]\\-x]',
  '\\\\',
);
const counts = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}');
const anchors = fc.constantFrom('', '', '', '^', '$');

export const patternTexts: fc.Arbitrary<string> = fc
  .letrec<{ pattern: string }>((tie) => {
    const group = tie('pattern').map((inside) => `(${inside})`);
    const piece = fc
      .tuple(fc.oneof({ maxDepth: 2, withCrossShrink: true }, atoms, group), counts)
      .map(([atom, count]) => atom + count);
    const sequence = fc
      .tuple(anchors, fc.array(piece, { maxLength: 4 }), anchors)
      .map(([start, pieces, end]) => start + pieces.join('') + end);
    return { pattern: fc.array(sequence, { minLength: 1, maxLength: 2 }).map((paths) => paths.join('|')) };
  })
  .pattern.filter((text) => faultOfPattern(text) === undefined);

export const subjects: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('a', 'b', 'c', 'É', '🛒', '1', ' ', '\n', '.', '-', ']', '\\', 'x'), {
    maxLength: 6,
  })
  .map((characters) => characters.join(''));
