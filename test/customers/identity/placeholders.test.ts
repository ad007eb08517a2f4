/* oxlint-disable unicorn/no-useless-spread -- the formatter then keeps the words in rows */
import { createPlaceholders } from '#customers/identity/placeholders.ts';
import { expect, test } from 'vitest';

const isPlaceholder = createPlaceholders(['Walk-In', 'till@shop.example']);

test.each([
  ...['undefined', 'null', 'NULL', ' NaN ', 'none', 'N/A', '#N/A', '[object Object]', 'guest', 'anonymous'],
  ...['unknown', '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '0', '000'],
  ...['-', '--', '', '  ', '"null"', "''", 'walk-in'],
])('%j is no id', (text) => {
  expect(isPlaceholder('external', text)).toBe(true);
  expect(isPlaceholder('anonymous', text)).toBe(true);
  expect(isPlaceholder('email', text)).toBe(true);
  expect(isPlaceholder('phone', text)).toBe(true);
});

test.each(['1001', 'A-0', '0f', 'guest-17', 'nulls', '10', 'Ann', '7777777777', '0-1'])(
  '%j is an id',
  (text) => {
    expect(isPlaceholder('external', text)).toBe(false);
    expect(isPlaceholder('anonymous', text)).toBe(false);
  },
);

test.each([
  ...['noemail@shop.example', 'NONE@none.com', 'no-reply@shop.example', 'test@test.com', 'unknown@x.org'],
  'till@shop.example',
])('%j is nobody’s e-mail', (text) => {
  expect(isPlaceholder('email', text)).toBe(true);
});

test.each([
  'ann@example.com',
  'noemi@shop.example',
  'test@shop.example',
  'info@info-shop.example',
  'na.smith@x.org',
])('%j is an e-mail', (text) => {
  expect(isPlaceholder('email', text)).toBe(false);
});

test.each(['0000000000', '+44 0000 000000', '1111111111', '(999) 999-9999', '+1 555 555 5555', '1234567890'])(
  '%j is nobody’s phone',
  (text) => {
    expect(isPlaceholder('phone', text)).toBe(true);
  },
);

test.each(['+44 20 7946 0018', '+49 30 1111112', '020 7946 0000', '+1 212 555 0100', '+44 7700 900000'])(
  '%j is a phone',
  (text) => {
    expect(isPlaceholder('phone', text)).toBe(false);
  },
);
