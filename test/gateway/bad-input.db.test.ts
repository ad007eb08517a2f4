import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { post, send, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const nested = (depth: number) => '{ a '.repeat(depth) + '}'.repeat(depth);
const products =
  'query ($after: String, $first: Int, $search: String) { products(after: $after, first: $first, search: $search) { nodes { id } } }';
const upsert =
  'mutation ($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { __typename ... on Error { message } } }';

const pagesWithinPages =
  '{ products(first: 100) { nodes { id } edges { node { id } cursor } } ' +
  Array.from(
    { length: 99 },
    (_, index) => `p${index}: products(first: 100) { nodes { id sku name __typename } edges { cursor } } `,
  ).join('') +
  '}';

type Case = readonly [title: string, code: string, body: unknown];
const cases: readonly Case[] = [
  ['10,000 aliases', 'TOO_MANY_TOKENS', { query: `{ ${aliases(10_000)} }` }],
  ['101 aliases', 'TOO_MANY_ALIASES', { query: `{ ${aliases(101)} }` }],
  ['a query nested 50 deep', 'QUERY_TOO_DEEP', { query: nested(50) }],
  ['fragments nested 50 deep', 'QUERY_TOO_DEEP', { query: fragmentChain(50) }],
  [
    'fragments that spread each other',
    'GRAPHQL_VALIDATION_FAILED',
    { query: '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }' },
  ],
  ['fragments that multiply', 'QUERY_TOO_COMPLEX', { query: fragmentBomb(20) }],
  ['pages within pages', 'QUERY_TOO_COMPLEX', { query: pagesWithinPages }],
  [
    'pages within pages by variables',
    'QUERY_TOO_COMPLEX',
    { query: pagesWithinPages.replace('{', 'query ($n: Int = 100) {').replaceAll('first: 100', 'first: $n') },
  ],
  [
    'introspection that circles',
    'GRAPHQL_VALIDATION_FAILED',
    { query: `{ __schema { ${'types { fields { type { '.repeat(5)} name ${'} } } '.repeat(5)} } }` },
  ],
  ['a page of 101', 'BAD_USER_INPUT', { query: products, variables: { first: 101 } }],
  ['a negative page', 'BAD_USER_INPUT', { query: products, variables: { first: -1 } }],
  ['an unknown cursor', 'BAD_USER_INPUT', { query: products, variables: { after: 'bm9wZQ' } }],
  ['an unknown global id', 'BAD_USER_INPUT', { query: '{ node(id: "nope") { id } }' }],
  [
    '101 ids',
    'BAD_USER_INPUT',
    { query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', variables: { ids: Array(101).fill('x') } },
  ],
  ['a NUL in a variable', 'BAD_USER_INPUT', { query: upsert, variables: { input: { name: 'A\0B' } } }],
  [
    'a NUL in a literal',
    'BAD_USER_INPUT',
    { query: String.raw`{ products(search: "a\u0000b") { nodes { id } } }` },
  ],
  [
    'a field of 1 MB',
    'BAD_USER_INPUT',
    { query: upsert, variables: { input: { name: 'x'.repeat(1_000_000) } } },
  ],
  [
    'variables nested 100,000 deep',
    'BAD_USER_INPUT',
    `{"query":"{ __typename }","variables":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
  ],
  ['a syntax error', 'GRAPHQL_PARSE_FAILED', { query: '{ products(' }],
  ['an unknown field', 'GRAPHQL_VALIDATION_FAILED', { query: '{ secrets }' }],
  ['a wrong variable', 'BAD_USER_INPUT', { query: products, variables: { first: 'many' } }],
  [
    'an unknown operation',
    'OPERATION_RESOLUTION_FAILURE',
    { query: 'query A { __typename }', operationName: 'B' },
  ],
  [
    'two operations and no name',
    'OPERATION_RESOLUTION_FAILURE',
    { query: 'query A { __typename } query B { __typename }' },
  ],
  ['no query', 'BAD_REQUEST', { variables: {} }],
  [
    'a persisted query, which is not taken',
    'PERSISTED_QUERY_NOT_SUPPORTED',
    { extensions: { persistedQuery: { version: 1, sha256Hash: 'ab'.repeat(32) } } },
  ],
  ['a query that is a number', 'BAD_REQUEST', { query: 7 }],
  ['variables that are a list', 'BAD_REQUEST', { query: '{ __typename }', variables: [] }],
  ['an unknown parameter', 'BAD_REQUEST', { query: '{ __typename }', sql: 'select 1' }],
  ['a batch', 'BAD_REQUEST', [{ query: '{ __typename }' }, { query: '{ __typename }' }]],
  ['a JSON text', 'BAD_REQUEST', '"hello"'],
  ['null', 'BAD_REQUEST', 'null'],
  ['malformed JSON', 'BAD_REQUEST', '{"query": "{ __typename }"'],
  ['no JSON at all', 'BAD_REQUEST', '<xml/>'],
  [
    'a request of 5 MB',
    'REQUEST_TOO_LARGE',
    { query: '{ __typename }', variables: { text: 'x'.repeat(5_000_000) } },
  ],
];

function aliases(count: number): string {
  return Array.from({ length: count }, (_, index) => `a${index}: __typename`).join(' ');
}

function fragmentChain(length: number): string {
  const links = Array.from(
    { length },
    (_, index) => `fragment F${index} on Query { a { ...F${index + 1} } }`,
  );
  return `{ ...F0 } ${links.join(' ')} fragment F${length} on Query { a }`;
}

/** 2 to the power of `length` fields in a few lines. */
function fragmentBomb(length: number): string {
  const links = Array.from(
    { length },
    (_, index) => `fragment F${index} on Query { ...F${index + 1} ... { ...F${index + 1} } }`,
  );
  return `{ ...F0 } ${links.join(' ')} fragment F${length} on Query { __typename }`;
}

test.for(cases)('answers %s with a clear error: %s', async ([, code, body]) => {
  // Twice: the second run takes what the first one left in the caches.
  for (let run = 0; run < 2; run += 1) {
    const reply = await post(server, body);

    expect(reply.body?.errors![0]!.extensions.code).toBe(code);
    expect(reply.body.errors![0]!.message.length).toBeGreaterThan(10);
    // Nothing of our insides, and the process goes on.
    expect(reply.text).not.toMatch(/\bat .*\.(ts|js):\d+|node_modules|"stack"/);
    expect((await send(server, {}, '/health')).status).toBe(200);
  }
});

test('tells a persisted-query client in its own words to send the whole query', async () => {
  const { status, body } = await post(server, {
    operationName: 'A',
    variables: {},
    extensions: { persistedQuery: { version: 1, sha256Hash: 'ab'.repeat(32) } },
  });

  expect(status).toBe(200);
  expect(body.errors).toMatchObject([{ message: 'PersistedQueryNotSupported' }]);
});

test('does not repeat a body that it cannot read', async () => {
  const secret = 'lea.garnier@example.net';
  const compressed = gzipSync(JSON.stringify({ query: '{ __typename }' }));
  const asked = { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' };

  const broken = await post(server, `{"query": ${secret}`);
  const undeclared = await send(server, { method: 'POST', body: compressed, headers: asked });
  const declared = await send(server, {
    method: 'POST',
    body: compressed,
    headers: { ...asked, 'content-encoding': 'gzip' },
  });

  expect(broken.text).not.toContain('lea');
  expect(broken.body.errors![0]!.message).toMatch(/^The request is not valid JSON/);
  expect(undeclared.text).toMatch(/^[\x20-\x7e]*$/);
  expect(undeclared.body.errors![0]!.extensions.code).toBe('BAD_REQUEST');
  expect(declared.status).toBe(415);
  expect(declared.body.errors![0]!.message).toContain('"gzip"');
});

test.for([
  '{ nothing }',
  '{ node(id: "nope") { id } }',
  'subscription { a }',
  'query ($n: Int!) { products(first: $n) { totalCount } }',
])('never answers %s without `data` and with 200 to a client of the specification', async (query) => {
  const { status, body } = await post(server, { query }, { accept: 'application/graphql-response+json' });

  expect(body.errors).toHaveLength(1);
  expect('data' in body || status >= 400).toBe(true);
});

test('names the list that is too long', async () => {
  const text = `mutation ($input: UpsertProductsInput!) { upsertProducts(input: $input) {
      ... on InvalidItemsError { items { index field message } } } }` as const;
  const { body } = await post<typeof text>(server, {
    query: text,
    variables: { input: { products: Array.from({ length: 1001 }, () => ({ sku: 'A' })) } },
  });

  expect(body.data!.upsertProducts!.items).toEqual([
    { index: 1000, field: 'products', message: 'expected at most 1000 items, got 1001' },
  ]);
});

const injections = [
  "' or 1=1 --",
  '"; drop table customers; --',
  "%_\\'",
  '$1',
  '{{7*7}}',
  '🦄',
  '\uD800',
  '\u202E',
];

test.for(injections)('takes %j as text wherever text is asked', async (text) => {
  const found = await post(server, { query: products, variables: { search: text } });
  const looked = await post(server, {
    query:
      'query ($sku: String!, $id: String!) { product(by: { sku: $sku }) { id } customer(by: { externalId: { source: "crm", id: $id } }) { id } }',
    variables: { sku: text, id: text },
  });

  expect(found.body).toEqual({ data: { products: { nodes: [] } } });
  expect(looked.body.data).toEqual({ product: null, customer: null });
  expect([...(await server.app.db.query('select count(*) as count from customers'))]).toEqual([{ count: 0 }]);
});

test('closes a connection that sends no HTTP, and goes on', async () => {
  const { port } = new URL(server.url);

  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('\0\0garbage\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });

  expect(answer).toMatch(/^HTTP\/1\.1 400/);
  expect((await send(server, {}, '/health')).status).toBe(200);
});

test('refuses a body that grows beyond the limit without saying so', async () => {
  const { port } = new URL(server.url);
  const head = `POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${server.key}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunk = `100000\r\n${'x'.repeat(0x10_00_00)}\r\n`;

  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(head);
      for (let i = 0; i < 6; i += 1) socket.write(chunk);
    });
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    // The connection may be reset while the client still sends.
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });

  expect(answer === '' || answer.startsWith('HTTP/1.1 413')).toBe(true);
  expect((await send(server, {}, '/health')).status).toBe(200);
});

test('masks an error of ours and names the request in it', async () => {
  await server.app.db.execute('alter table products rename to products_away');

  const reply = await post(
    server,
    { query: '{ product(by: { sku: "a" }) { id } }' },
    { 'x-request-id': 'req-7' },
  );
  await server.app.db.execute('alter table products_away rename to products');

  expect(reply.text).not.toContain('products_away');
  expect(reply.body.errors?.[0]).toMatchObject({
    message: 'Unexpected error.',
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'req-7' },
  });
});
