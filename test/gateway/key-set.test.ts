import { createKeySet } from '#platform/auth/key-set.ts';
import { createLog } from '#platform/log.ts';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const TOKEN = { payload: '', signature: '' };
let published: JWK;
let isUp: boolean;
let requests: number;
let find: (kid: string) => Promise<unknown>;
let close: () => void;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  published = {
    ...(await exportJWK((await generateKeyPair('ES256')).publicKey)),
    kid: 'first',
    alg: 'ES256',
  };
  isUp = true;
  requests = 0;
  const provider = createServer((_, response) => {
    requests += 1;
    if (isUp) response.end(JSON.stringify({ keys: [published] }));
    else response.writeHead(500).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => provider.once('listening', resolve));
  const { port } = provider.address() as AddressInfo;
  const keys = createKeySet(`http://127.0.0.1:${port}/`, createLog('silent'));
  find = async (kid) => keys({ alg: 'ES256', kid }, TOKEN);
  close = () => {
    provider.closeAllConnections();
    provider.close();
  };
});
afterEach(() => {
  vi.useRealTimers();
  close();
});

const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1000);

test('is back ten seconds after a load that failed', async () => {
  isUp = false;
  await expect(find('first')).rejects.toThrow('could not be loaded');
  isUp = true;

  pass(9);
  await expect(find('first')).rejects.toMatchObject({ name: 'KeysUnavailableError', retryAfterSeconds: 1 });
  pass(1.1);
  await expect(find('first')).resolves.toBeDefined();
  expect(requests).toBe(2);
});

test('knows a new key half a minute after the last load, and asks for an unknown one no more often', async () => {
  await find('first');
  published = { ...published, kid: 'second' };

  pass(29);
  await expect(find('second')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  pass(2);
  await expect(find('second')).resolves.toBeDefined();
  await expect(find('third')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  expect(requests).toBe(2);
});

test('forgets a withdrawn key after ten minutes', async () => {
  await find('first');
  published = { ...published, kid: 'second' };

  pass(601);

  await expect(find('first')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
});

test('goes on with the last keys for an hour while the provider is down, and no longer', async () => {
  await find('first');
  isUp = false;

  pass(3500);
  await expect(find('first')).resolves.toBeDefined();
  pass(200);
  await expect(find('first')).rejects.toMatchObject({ name: 'KeysUnavailableError' });
});
