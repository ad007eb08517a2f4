import { isPrivateAddress } from '#webhooks/addresses.ts';
import { expect, test } from 'vitest';

test.each([
  ['8.8.8.8', false],
  ['2606:4700::1111', false],
  ['100.64.0.1', true],
  ['172.31.255.255', true],
  ['172.32.0.1', false],
  ['fe80::1', true],
  ['::ffff:8.8.8.8', true],
  ['64:ff9b::a00:1', true],
])('%s is private: %s', (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});
