import { createApiKey } from '#platform/auth/api-keys.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { query } from '../support/query.ts';
import { startTracking, type Tracking } from './tracking.ts';

const SHOP = 'https://shop.example';

let tracking: Tracking;
let ofShop: string;
beforeAll(async () => {
  tracking = await startTracking();
  ({ key: ofShop } = await createApiKey(tracking.app.db, {
    name: 'pages',
    scopes: ['ingest'],
    origins: [SHOP],
    at: new Date(),
  }));
});
afterAll(() => tracking.close());

/** As the browser client sends, with the key in the body. */
function sendFrom(origin: string | null, writeKey: string): Promise<Response> {
  return fetch(`${tracking.url}/v1/t`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', ...(origin === null ? {} : { origin }) },
    body: JSON.stringify({ writeKey, userId: 'ann', event: 'Lamp Lit' }),
  });
}

test('a key with origins is taken from pages of these alone, and from servers', async () => {
  const own = await sendFrom(SHOP, ofShop);
  const other = await sendFrom('https://shop.example.evil.example', ofShop);
  const otherPort = await sendFrom('https://shop.example:8443', ofShop);
  const fromServer = await sendFrom(null, ofShop);
  const settings = await fetch(`${tracking.url}/v1/projects/${ofShop}/settings`, {
    headers: { origin: 'https://other.example' },
  });

  expect([own.status, other.status, otherPort.status, fromServer.status, settings.status]).toEqual([
    200, 403, 403, 200, 403,
  ]);
  expect(own.headers.get('access-control-allow-origin')).toBe(SHOP);
  expect(await other.json()).toMatchObject({
    message: 'This write key may not be used by pages of this origin.',
  });
});

test('a key without origins is taken from every page', async () => {
  expect((await sendFrom('https://any.example', tracking.writeKey)).status).toBe(200);
});

test('keys are created with origins, and lists show them', async () => {
  const { createApiKey: made } = await query(
    tracking.app,
    `mutation { createApiKey(input: { name: "site", scopes: ["ingest"], origins: ["https://a.example", "http://localhost:3000"] }) {
      ... on CreateApiKeyPayload { apiKey { origins } } ... on InvalidInputError { field message } } }`,
  );

  expect(made).toEqual({ apiKey: { origins: ['https://a.example', 'http://localhost:3000'] } });
});

test.each(['shop.example', 'https://shop.example/', 'https://shop.example/path', '*', 'null', ''])(
  '%j is no origin',
  async (origin) => {
    const { createApiKey: made } = await query(
      tracking.app,
      `mutation ($origins: [String!]) { createApiKey(input: { name: "site", scopes: ["ingest"], origins: $origins }) {
        ... on InvalidInputError { field } } }`,
      { origins: [origin] },
    );

    expect(made).toEqual({ field: 'origins' });
  },
);
