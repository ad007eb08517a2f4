import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { post, startTestServer, type TestServer } from '../support/server.ts';
import type { Variables } from '../support/typed-text.ts';
import type { Inputs } from '../support/schema-types.d.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const create = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    type: __typename
    ... on CreateApiKeyPayload { key apiKey { id name prefix scopes createdAt lastUsedAt revokedAt } }
    ... on InvalidInputError { field message }
  }
}`;
const revoke = `mutation ($id: ID!) {
  revokeApiKey(input: { id: $id }) {
    type: __typename
    ... on RevokeApiKeyPayload { apiKey { id revokedAt } }
    ... on NotFoundError { message }
  }
}`;
const list = `query ($first: Int, $after: String, $last: Int, $before: String) {
  apiKeys(first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage startCursor endCursor } nodes { id name }
  }
}`;

async function makeKey(name: string, scopes: Inputs['CreateApiKeyInput']['scopes'] = ['customers:read']) {
  const { body } = await post(server, { query: create, variables: { input: { name, scopes } } });
  return body.data!.createApiKey!;
}

test('makes a key that is let in with its scopes, and shows its text this once', async () => {
  const made = await makeKey('shop front', ['customers:read', 'ingest', 'ingest']);

  expect(made).toMatchObject({
    type: 'CreateApiKeyPayload',
    apiKey: { name: 'shop front', scopes: ['customers:read', 'ingest'], lastUsedAt: null, revokedAt: null },
  });
  expect(made.key!.startsWith(made.apiKey!.prefix)).toBe(true);
  const asked = await post({ url: server.url, key: made.key! }, { query: '{ viewer { name scopes } }' });
  expect(asked.body.data!.viewer).toEqual({ name: 'shop front', scopes: ['customers:read', 'ingest'] });
  const all = await post(server, { query: '{ apiKeys { nodes { id name prefix scopes } } }' });
  expect(all.text).toContain(made.apiKey!.id);
  expect(all.text).not.toContain(made.key);
});

test('ends a key, and says so of one that has ended or never was', async () => {
  const { key, apiKey } = await makeKey('leaving');
  const { id } = apiKey!;

  const revoked = await post(server, { query: revoke, variables: { id } });
  const again = await post(server, { query: revoke, variables: { id } });
  const unknown = await post(server, { query: revoke, variables: { id: 'nobody' } });

  expect(revoked.body.data!.revokeApiKey).toMatchObject({
    type: 'RevokeApiKeyPayload',
    apiKey: { id, revokedAt: expect.any(String) },
  });
  expect([again, unknown].map(({ body }) => body.data!.revokeApiKey!.type)).toEqual([
    'NotFoundError',
    'NotFoundError',
  ]);
  await vi.waitFor(
    async () =>
      expect((await post({ url: server.url, key: key! }, { query: '{ __typename }' })).status).toBe(401),
    { timeout: 20_000, interval: 200 },
  );
});

test.for([
  ['an empty name', { name: ' ', scopes: ['ingest'] }, 'name'],
  ['a long name', { name: 'x'.repeat(201), scopes: ['ingest'] }, 'name'],
  ['no scope', { name: 'key', scopes: [] }, 'scopes'],
  ['an unknown scope', { name: 'key', scopes: ['ingest', 'root'] }, 'scopes'],
] as const)('refuses %s', async ([, input, field]) => {
  const { body } = await post(server, {
    query: create,
    variables: { input: { name: input.name, scopes: [...input.scopes] } },
  });

  expect(body.data!.createApiKey).toMatchObject({ type: 'InvalidInputError', field });
});

test('pages through all keys in both directions, newest first', async () => {
  for (const name of ['page-1', 'page-2', 'page-3']) await makeKey(name);
  const page = async (variables: Variables<typeof list>) =>
    (await post(server, { query: list, variables })).body.data!.apiKeys!;

  const first = await page({ first: 2 });
  const second = await page({ first: 2, after: first.pageInfo.endCursor });
  const back = await page({ last: 2, before: second.pageInfo.startCursor });

  expect(first.nodes.map(({ name }) => name)).toEqual(['page-3', 'page-2']);
  expect(second.nodes[0]!.name).toBe('page-1');
  expect(back.nodes).toEqual(first.nodes);
  expect(first.totalCount).toBeGreaterThanOrEqual(4);
  expect(first.pageInfo.hasNextPage).toBe(true);
});

test.for([
  'customers:read',
  'customers:write',
  'pii:read',
  'segments:write',
  'campaigns:write',
  'ingest',
] as const)('refuses keys to a caller with %s alone', async (scope) => {
  const key = await server.createKey([scope]);
  const asked = [
    { query: '{ apiKeys { nodes { id } } }' },
    { query: create, variables: { input: { name: 'mine', scopes: ['admin'] } } },
    { query: revoke, variables: { id: 'any' } },
  ];

  for (const request of asked) {
    const { body } = await post({ url: server.url, key: key }, request);
    expect(body.data ?? null).toBeNull();
    expect(body.errors![0]!.extensions.code).toBe('FORBIDDEN');
  }
});
