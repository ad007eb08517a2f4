import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createPlace, type Place, run } from '../support/gateway-process.ts';

// Processes are started over and over, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let place: Place;
beforeEach(async () => {
  place = await createPlace();
});
afterEach(() => place.remove());

const key = (byte: number) =>
  Buffer.from(Array.from({ length: 32 }, (_, n) => (n * byte) % 251)).toString('base64');
const start = (contactKeys: string, indexKey: string) =>
  run(place, ['keys', 'list', '--json'], { CONTACT_KEYS: contactKeys, CONTACT_INDEX_KEY: indexKey });

test('starts with corrected keys after a start with wrong ones was refused', async () => {
  expect(await start(`a:${key(3)}`, key(7))).toMatchObject({ code: 0 });

  const refused = await start(`b:${key(5)},a:${key(3)}`, key(11));
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('CONTACT_INDEX_KEY: this is not the key');

  // The key of the refused start was a wrong one too: its id is free.
  expect(await start(`b:${key(9)},a:${key(3)}`, key(7))).toMatchObject({ code: 0 });
});
