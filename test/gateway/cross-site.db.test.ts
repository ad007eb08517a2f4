import { afterAll, beforeAll, expect, test } from 'vitest';

import { post, send, startTestServer, type TestServer } from '../support/server.ts';

const SHOP = 'https://shop.example';

let closed: TestServer;
let open: TestServer;
beforeAll(async () => {
  closed = await startTestServer();
  open = await startTestServer({ env: { CORS_ORIGINS: SHOP } });
});
afterAll(() => Promise.all([closed.close(), open.close()]));

function preflight(server: TestServer, origin: string) {
  return send(server, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  });
}

test('lets no other origin read answers unless configured', async () => {
  const reply = await post(closed, { query: '{ __typename }' }, { origin: SHOP });

  expect(reply.headers.get('access-control-allow-origin')).toBeNull();
  expect((await preflight(closed, SHOP)).headers.get('access-control-allow-origin')).toBeNull();
});

test('lets a configured origin ask and read, without cookies', async () => {
  const allowed = await preflight(open, SHOP);
  const reply = await post(open, { query: '{ __typename }' }, { origin: SHOP });

  expect(allowed.headers.get('access-control-allow-origin')).toBe(SHOP);
  expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
  expect(reply.headers.get('access-control-allow-origin')).toBe(SHOP);
  expect(reply.headers.get('access-control-allow-credentials')).toBeNull();
});

test('does not reflect an origin that is not configured', async () => {
  const reply = await post(open, { query: '{ __typename }' }, { origin: 'https://evil.example' });

  expect(reply.headers.get('access-control-allow-origin')).toBeNull();
  expect(reply.headers.get('vary')).toContain('origin');
});

test.for([
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'application/graphql',
  'application/json; charset=latin1',
])('refuses the content type %s, which a page could send without asking', async (contentType) => {
  const reply = await post(closed, 'query={__typename}', { 'content-type': contentType });

  expect(reply.status).toBe(415);
  expect(reply.body.errors![0]!.extensions.code).toBe('UNSUPPORTED_MEDIA_TYPE');
});

test('refuses a mutation by GET', async () => {
  const query = encodeURIComponent('mutation { __typename }');
  const headers = { authorization: `Bearer ${closed.key}` };

  const reply = await send(closed, { headers }, `/graphql?query=${query}`);

  expect(reply.status).toBe(405);
  expect(reply.headers.get('allow')).toBe('POST');
});

test('answers a query by GET with its variables', async () => {
  const query = encodeURIComponent('query ($s: Boolean!) { a: __typename b: __typename @skip(if: $s) }');
  const headers = { authorization: `Bearer ${closed.key}` };

  const reply = await send(closed, { headers }, `/graphql?query=${query}&variables={"s":true}`);

  expect(reply.body).toEqual({ data: { a: 'Query' } });
});
