import { createApiKey, listApiKeys, revokeApiKey } from '#platform/auth/api-keys.ts';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { post, send, startTestServer, type TestServer } from '../support/server.ts';
import { textLike } from '../support/query.ts';
import type { Checked, Data } from '../support/typed-text.ts';

const ISSUER = 'https://login.example';
const AUDIENCE = 'c360';

let server: TestServer;
let identityProvider: Server;
let privateKey: CryptoKey;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  privateKey = pair.privateKey;
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' }] });
  identityProvider = createServer((_request, response) => void response.end(jwks)).listen(0, '127.0.0.1');
  await new Promise((resolve) => identityProvider.once('listening', resolve));
  const { port } = identityProvider.address() as AddressInfo;
  server = await startTestServer({
    env: { JWKS_URL: `http://127.0.0.1:${port}/jwks`, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE },
  });
});
afterAll(async () => {
  identityProvider.close();
  await server.close();
});

const viewer = '{ viewer { name scopes } }';

function ask<const Text extends string = typeof viewer>(
  credential: string | null,
  query: Checked<Text> = viewer as Checked<Text>,
) {
  return send<Data<Text>>(server, {
    method: 'POST',
    body: JSON.stringify({ query }),
    headers: {
      'content-type': 'application/json',
      ...(credential === null ? {} : { authorization: credential }),
    },
  });
}

interface Claims {
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string | null;
  readonly key?: CryptoKey;
  readonly payload?: Record<string, unknown>;
}

function token({ issuer = ISSUER, audience = AUDIENCE, expires = '5m', key, payload }: Claims = {}) {
  const jwt = new SignJWT({ scope: 'customers:read openid', ...payload })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setSubject('ada')
    .setIssuer(issuer)
    .setAudience(audience);
  if (expires !== null) jwt.setExpirationTime(expires);
  return jwt.sign(key ?? privateKey);
}

test('lets a key in with the scopes it has', async () => {
  const key = await server.createKey(['customers:read', 'ingest']);

  expect((await ask(`Bearer ${key}`)).body.data!.viewer).toEqual({
    name: 'test',
    scopes: ['customers:read', 'ingest'],
  });
});

test.for([
  ['no credential', null, 'No credential'],
  ['another scheme', 'Basic dXNlcjpwYXNz', 'bearer'],
  ['an unknown key', `Bearer c360_${'x'.repeat(43)}`, 'unknown or revoked'],
  ['an empty key', 'Bearer ', 'bearer'],
] as const)('refuses %s with 401 and says how to go on', async ([, credential, message]) => {
  const reply = await ask(credential);

  expect(reply.status).toBe(401);
  expect(reply.headers.get('www-authenticate')).toContain('Bearer');
  expect(reply.body.errors![0]).toMatchObject({
    message: expect.stringContaining(message),
    extensions: { code: 'UNAUTHENTICATED' },
  });
  expect(reply.body.data).toBeUndefined();
});

test('answers neither a query nor the schema without a credential', async () => {
  expect((await ask(null, '{ __schema { types { name } } }')).status).toBe(401);
  expect((await send(server, {}, '/graphql?query={__typename}')).status).toBe(401);
});

test('answers health without a credential', async () => {
  expect(await send(server, {}, '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await send(server, {}, '/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
});

test('refuses a field without its scope, names the scope, and shows where the fields are', async () => {
  const key = await server.createKey(['ingest']);

  const reply = await post(
    { ...server, key },
    { query: '{\n  viewer { name }\n  a: node(id: "x") { id }\n}' },
  );

  expect(reply.status).toBe(403);
  expect(reply.body.data).toBeUndefined();
  expect(reply.body.errors).toEqual([
    {
      message: expect.stringContaining('customers:read'),
      locations: [{ line: 3, column: 3 }],
      extensions: { code: 'FORBIDDEN', scope: 'customers:read' },
    },
  ]);
});

test('refuses a field in a fragment without its scope', async () => {
  const key = await server.createKey(['ingest']);
  const query = 'query { ...F } fragment F on Query { ... { nodes(ids: []) { id } } }';

  expect((await post({ ...server, key }, { query })).status).toBe(403);
});

const createSegment = (key: string, selection: string) =>
  textLike<'mutation { createSegment(input: {}) { __typename ... on CreateSegmentPayload { segment { id } } } }'>(`mutation { createSegment(input: { key: "${key}", name: "All", rule: "number_of_orders >= 0" }) {
    __typename ... on CreateSegmentPayload { segment { ${selection} } } ... on Error { message } } }`);

test('lets a key that may only write make its change and read what it defined', async () => {
  const key = await server.createKey(['segments:write']);

  const reply = await post({ ...server, key }, { query: createSegment('defined', 'id key rule') });

  expect(reply.body.data!.createSegment).toMatchObject({
    __typename: 'CreateSegmentPayload',
    segment: { id: expect.any(String), key: 'defined', rule: 'number_of_orders >= 0' },
  });
});

test.for([
  ['members', 'members { nodes { email } }'],
  ['their number', 'size'],
  ['the number of an alias', 'key n: size'],
  ['a page without rows', 'members(first: 0) { totalCount }'],
  ['people behind another group', 'overlaps { segment { key } }'],
  ['people of an interface', '... on Node { ... on Segment { n: size } }'],
] as const)(
  'refuses such a key %s of a segment of its own, before the segment is made',
  async ([name, selection]) => {
    const key = await server.createKey(['segments:write']);
    const segmentKey = `refused-${name.replaceAll(' ', '-')}`;

    const reply = await post({ ...server, key }, { query: createSegment(segmentKey, selection) });

    expect(reply).toMatchObject({
      status: 403,
      body: { errors: [{ extensions: { code: 'FORBIDDEN', scope: 'customers:read' } }] },
    });
    const kept = await server.app.db.query('select 1 from segments where key = $1', [segmentKey]);
    expect(kept).toEqual([]);
  },
);

test('gives a key that may write people and not read them the id of the person it wrote', async () => {
  const key = await server.createKey(['customers:write']);
  type Like = 'mutation { upsertCustomer(input: {}) { ... on UpsertCustomerPayload { customerId } } }';
  const upsert = (selection: string) =>
    post(
      { ...server, key },
      {
        query: textLike<Like>(
          `mutation { upsertCustomer(input: { email: "id@example.com" }) { ... on UpsertCustomerPayload { ${selection} } } }`,
        ),
      },
    );

  const { customerId } = (await upsert('outcome customerId')).body.data!.upsertCustomer!;

  expect((await upsert('customer { id }')).status).toBe(403);
  expect(
    (await post(server, { query: `{ customer(by: { id: "${customerId}" }) { id } }` })).body.data,
  ).toEqual({
    customer: { id: customerId },
  });
});

test('refuses a query to a lesser key after it was planned for a greater one', async () => {
  const lesser = await server.createKey(['segments:write', 'pii:read']);
  const query = '{ segments(first: 1) { nodes { members(first: 1) { nodes { email } } } } }';
  for (let run = 0; run < 3; run += 1) expect((await post(server, { query })).status).toBe(200);

  expect((await post({ ...server, key: lesser }, { query })).status).toBe(403);
});

test('refuses a field wherever a fragment that was looked at before is spread again', async () => {
  const key = await server.createKey(['segments:write']);
  const query = `mutation { a: createSegment(input: { key: "spread", name: "All", rule: "number_of_orders >= 0" }) { ...P }
    b: createSegment(input: { key: "spread2", name: "All", rule: "number_of_orders >= 0" }) { ...P } }
    fragment P on CreateSegmentResult { ... on CreateSegmentPayload { segment { ...S } } }
    fragment S on Segment { key ...T } fragment T on Node { ... on Segment { size } }`;

  expect((await post({ ...server, key }, { query })).status).toBe(403);
});

test('counts admin as every scope', async () => {
  const key = await server.createKey(['admin']);

  expect((await post({ ...server, key }, { query: '{ nodes(ids: []) { id } }' })).status).toBe(200);
});

test('keeps only the hash of a key, and notes when it was used', async () => {
  const { key, apiKey } = await createApiKey(server.app.db, {
    name: 'front end',
    scopes: ['customers:read'],
    at: new Date(),
  });
  await ask(`Bearer ${key}`);

  await vi.waitFor(async () => {
    const kept = (await listApiKeys(server.app.db)).find(({ id }) => id === apiKey.id);
    expect(kept?.lastUsedAt).toBeInstanceOf(Date);
  });
  expect(key).toMatch(/^c360_[\w-]{43}$/);
  const rows = await server.app.db.query('select * from api_keys');
  expect(JSON.stringify(rows)).not.toContain(key.slice(12));
});

test('refuses a revoked key within five seconds', async () => {
  const key = await server.createKey(['customers:read']);
  expect((await ask(`Bearer ${key}`)).status).toBe(200);

  await revokeApiKey(server.app.db, key, new Date());

  await vi.waitFor(async () => expect((await ask(`Bearer ${key}`)).status).toBe(401), {
    timeout: 5_000,
    interval: 200,
  });
});

test('lets a token of the identity provider in, with those scopes of its claim that are ours', async () => {
  expect((await ask(`Bearer ${await token()}`)).body.data!.viewer).toEqual({
    name: 'ada',
    scopes: ['customers:read'],
  });
});

test.for([
  ['expired', { expires: '-1m' }, 'expired'],
  ['without an end', { expires: null }, 'exp'],
  ['of another issuer', { issuer: 'https://evil.example' }, 'iss'],
  ['for another audience', { audience: 'elsewhere' }, 'aud'],
] as const)('refuses a token %s', async ([, claims, message]) => {
  const reply = await ask(`Bearer ${await token(claims)}`);

  expect(reply.status).toBe(401);
  expect(reply.body.errors![0]!.message).toContain(message);
});

test('refuses a token signed by another key', async () => {
  const { privateKey: otherKey } = await generateKeyPair('ES256');

  expect((await ask(`Bearer ${await token({ key: otherKey })}`)).status).toBe(401);
});

test('refuses a token that is not signed at all', async () => {
  const [, payload] = (await token()).split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');

  expect((await ask(`Bearer ${header}.${payload}.`)).status).toBe(401);
});

test('grants a token without scopes nothing', async () => {
  const bare = await token({ payload: { scope: 'openid' } });

  expect((await ask(`Bearer ${bare}`)).body.data!.viewer.scopes).toEqual([]);
  expect((await ask(`Bearer ${bare}`, '{ nodes(ids: []) { id } }')).status).toBe(403);
});
