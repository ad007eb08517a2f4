import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

import { send, startTestServer, type TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 60_000 });

interface Provider {
  readonly url: string;
  /** How often it was asked for its keys. */
  requests(): number;
}

const open: (Server | TestServer)[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) {
    if ('closeAllConnections' in one) one.closeAllConnections();
    await one.close();
  }
});

async function startProvider(answer: RequestListener): Promise<Provider> {
  let requests = 0;
  const provider = createServer((request, response) => {
    requests += 1;
    answer(request, response);
  }).listen(0, '127.0.0.1');
  open.push(provider);
  await new Promise((resolve) => provider.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`,
    requests: () => requests,
  };
}

async function startGateway(jwksUrl: string): Promise<TestServer> {
  const gateway = await startTestServer({ env: { JWKS_URL: jwksUrl } });
  open.push(gateway);
  return gateway;
}

let privateKey: CryptoKey;
let jwks: string;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  privateKey = pair.privateKey;
  jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' }] });
});
afterAll(() => vi.useRealTimers());

function token(kid: string = 'k1'): Promise<string> {
  return new SignJWT({ scope: 'customers:read' })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setSubject('ada')
    .setExpirationTime('5m')
    .sign(privateKey);
}

function ask(gateway: TestServer, credential: string) {
  return send(gateway, {
    method: 'POST',
    body: JSON.stringify({ query: '{ viewer { name } }' }),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
  });
}

const endless: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(65_536, ' ');
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', write);
  write();
};

test.for<[name: string, answer: RequestListener]>([
  ['fails', (_, response) => void response.writeHead(500).end(jwks)],
  ['answers something else', (_, response) => void response.end('<html>Sign in</html>')],
  ['answers JSON that is no set of keys', (_, response) => void response.end('{"keys": 5}')],
  [
    'sends to another place',
    (request, response) =>
      void (request.url === '/jwks'
        ? response.writeHead(302, { location: '/elsewhere' }).end()
        : response.end(jwks)),
  ],
  ['answers without end', endless],
  ['does not answer', () => {}],
  ['closes the connection', (request) => void request.socket.destroy()],
])('answers 503 to tokens, and asks once, where the provider of keys %s', async ([, answer]) => {
  const provider = await startProvider(answer);
  const gateway = await startGateway(provider.url);
  const good = await token();

  const together = await Promise.all(Array.from({ length: 10 }, () => ask(gateway, good)));
  const later = [await ask(gateway, good), await ask(gateway, await token('another'))];

  for (const reply of [...together, ...later]) {
    expect(reply).toMatchObject({
      status: 503,
      body: { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
    });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(reply.headers.get('www-authenticate')).toBeNull();
  }
  expect(provider.requests()).toBe(1);
  expect((await ask(gateway, gateway.key)).status).toBe(200);
});

test('answers 503 to tokens of a published key that cannot be read', async () => {
  const broken = jwks.replace(/"x":"[^"]*"/, '"x":"AA"');
  const provider = await startProvider((_, response) => void response.end(broken));
  const gateway = await startGateway(provider.url);

  expect((await ask(gateway, await token())).status).toBe(503);
  expect((await ask(gateway, await token())).status).toBe(503);
  expect(provider.requests()).toBe(1);
});

test('answers 503 to tokens where nobody listens at the address of the keys', async () => {
  const gateway = await startGateway('http://127.0.0.1:9/jwks');

  expect((await ask(gateway, await token())).status).toBe(503);
});

test('answers 401 to tokens of unknown keys, and does not ask the provider for each of them', async () => {
  const provider = await startProvider((_, response) => void response.end(jwks));
  const gateway = await startGateway(provider.url);
  expect((await ask(gateway, await token())).status).toBe(200);

  const replies = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => ask(gateway, await token(`unknown-${index}`))),
  );

  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 401));
  expect(provider.requests()).toBe(1);
});

test.for(['none', 'HS256', 'RS256'])(
  'refuses a token of the algorithm %s that the published key did not sign',
  async (alg) => {
    const provider = await startProvider((_, response) => void response.end(jwks));
    const gateway = await startGateway(provider.url);
    const [, payload] = (await token()).split('.');
    const header = Buffer.from(JSON.stringify({ alg, kid: 'k1' })).toString('base64url');
    const secret = Buffer.from(jwks);
    const confused = await new SignJWT({ scope: 'admin' })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .setExpirationTime('5m')
      .sign(secret);

    expect((await ask(gateway, `${header}.${payload}.`)).status).toBe(401);
    expect((await ask(gateway, `${header}.${payload}.AAAA`)).status).toBe(401);
    expect((await ask(gateway, confused)).status).toBe(401);
  },
);
