import { formatMoney, parseMoney } from '#events/money.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

test.each([
  ['2.55', 25_500],
  ['-11062.06', -110_620_600],
  ['0.001', 10],
  ['18', 180_000],
  ['-0.00', 0],
])('reads %s as %i ten-thousandths', (text, value) => {
  expect(parseMoney(text)).toBe(value);
});

test.each(['', '.5', '1e3', '1,5', ' 1', '0.00001', '1234567890123', 'NaN', '--1'])(
  'takes %j for no money',
  (text) => {
    expect(parseMoney(text)).toBeNull();
  },
);

test('writes money as it reads it', () => {
  fc.assert(
    fc.property(fc.integer({ min: -9e14, max: 9e14 }), (value) => {
      expect(parseMoney(formatMoney(value))).toBe(value);
    }),
  );
});
