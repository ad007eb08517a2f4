import { createDocuments } from '#graphql/documents.ts';
import { MAX_JSON_VALUES, MAX_KEY_NAMES, MAX_OBJECT_KEYS } from '#platform/http/json-limits.ts';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { graphiqlExamples } from '../../src/main/graphiql-examples.ts';
import { schema } from '../../src/main/schema.ts';
import { gatewayQueries } from '../bench/read/queries.ts';
import { readExamples } from '../support/documentation.ts';
import { post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const repeat = (count: number, write: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => write(index)).join(' ');
const forEveryCustomer = (fields: string): string => `{ customers(first: 100) { nodes { ${fields} } } }`;

function costOf(text: string, variables: Readonly<Record<string, unknown>> = {}): number {
  const { limits } = server.app.config;
  const documents = createDocuments(schema, limits);
  const prepared = documents.prepare(documents.parse(text));
  if (prepared.errors.length > 0) throw prepared.errors[0]!;
  return prepared.operations.values().next().value!.costOf(variables);
}

const recommendations = (algorithm: string): number =>
  costOf(forEveryCustomer(`recommendations(first: 1, algorithm: ${algorithm}) { score }`));
const upsert = 'mutation ($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { __typename } }';

test('a method that computes more costs more, by whatever way it is named', () => {
  const query =
    'query ($a: Algorithm) { customers(first: 100) { nodes { recommendations(first: 1, algorithm: $a) { score } } } }';
  const withDefault = query.replace('$a: Algorithm', '$a: Algorithm = NEUMF');

  expect(recommendations('POPULARITY')).toBe(1 + 100 * (1 + 5 + 1));
  expect(recommendations('USER_KNN')).toBe(1 + 100 * (1 + 15 + 1));
  expect(recommendations('NEUMF')).toBe(1 + 100 * (1 + 100 + 1));
  expect(costOf(query, { a: 'NEUMF' })).toBe(recommendations('NEUMF'));
  expect(costOf(withDefault)).toBe(recommendations('NEUMF'));
});

test('variety, rules, searches and changes cost what they take', () => {
  const list = (wish: string): number => costOf(`{ recommend(input: { ${wish} }) { score } }`);
  const orders = (count: number): number =>
    costOf('mutation ($input: RecordOrdersInput!) { recordOrders(input: $input) { __typename } }', {
      input: { source: 'shop', orders: Array.from({ length: count }, () => ({ number: '1', lines: [] })) },
    });

  expect(list('first: 100, diversity: { relevance: 0.5 }') - list('first: 100')).toBe(105);
  expect(costOf('{ customers(first: 1, filter: "EVERYONE") { nodes { id } } }')).toBe(1002);
  expect(costOf('{ segmentPreview(rule: "EVERYONE") { __typename } }')).toBe(1001);
  expect(orders(1000) - orders(0)).toBe(1500);
});

test('points of a scatter and lists without a page count as often as they come', () => {
  const points = (sample: number): number =>
    costOf(`{ clusterSet(by: { key: "a" }) { scatter { points(sample: ${sample}) { x y } } } }`);

  expect(points(1000) - points(0)).toBe(2000);
  expect(
    costOf('{ customer(by: { email: "a@b.c" }) { orders(first: 100) { nodes { lines { quantity } } } } }'),
  ).toBe(1 + 1 + 100 * (1 + 1 + 10));
});

const allowed: readonly (readonly [string, string])[] = [
  ...graphiqlExamples.map(({ title, query }) => [title, query] as const),
  [
    'what GraphiQL asks of the schema',
    getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true }),
  ],
  [
    'a page of 100 customers with everything',
    gatewayQueries.q360.replace('first: 20, after', 'first: 100, after'),
  ],
];

test.each(allowed)('allows %s', async (_, query) => {
  const variables = { filter: 'EVERYONE', rule: 'EVERYONE', from: '2026-01-01T00:00:00Z' };
  const { body } = await post(server, { query, variables });

  expect(body.errors?.[0]!.extensions.code).not.toBe('QUERY_TOO_COMPLEX');
});

test('an example of the documentation costs at most a fifth of what is allowed', () => {
  const dear = readExamples('graphql').filter(
    ({ text }) => costOf(text) > server.app.config.limits.complexity / 5,
  );

  expect(dear).toEqual([]);
});

test('tells the cost and the limit of what is refused', async () => {
  const query = forEveryCustomer(
    repeat(99, (index) => `a${index}: recommendations(first: 1, algorithm: USER_KNN) { score }`),
  );
  const { body } = await post(server, { query });

  expect(body.errors![0]).toMatchObject({
    message: expect.stringContaining('may cost 158501; at most 50000'),
    extensions: { code: 'QUERY_TOO_COMPLEX', cost: 158_501, limit: 50_000 },
  });
});

const identity = { kind: 'EXTERNAL', source: 'crm', value: '1' };
const attributes = (value: unknown) => ({ input: { identities: [identity], attributes: value } });
const named = (count: number, write: (index: number) => string): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [write(index), index]));
const refused: readonly (readonly [string, string, unknown])[] = [
  [
    'the schema 90 times over',
    'QUERY_TOO_COMPLEX',
    { query: `{ ${repeat(90, (i) => `s${i}: __schema { types { name fields { name description } } }`)} }` },
  ],
  [
    'the types of the schema 90 times over',
    'QUERY_TOO_COMPLEX',
    { query: `{ __schema { ${repeat(90, (i) => `t${i}: types { name fields { name description } }`)} } }` },
  ],
  [
    'the schema once in each of 40 operations',
    'QUERY_TOO_COMPLEX',
    {
      query:
        repeat(40, (i) => `query Q${i} { __schema { ...S } }`) +
        ' fragment S on __Schema { types { name fields { name description args { name description } } } }',
      operationName: 'Q1',
    },
  ],
  ['900 operations', 'TOO_MANY_OPERATIONS', { query: repeat(900, (i) => `query Q${i} { __typename }`) }],
  ['a field 1,200 times', 'TOO_MANY_REPEATS', { query: `{ ${'viewer { name } '.repeat(1200)} }` }],
  [
    '101 previews',
    'QUERY_TOO_COMPLEX',
    { query: `{ ${repeat(60, (i) => `p${i}: segmentPreview(rule: "EVERYONE") { __typename }`)} }` },
  ],
  [
    'as many changes as there are aliases, of which each looks at everybody',
    'QUERY_TOO_COMPLEX',
    {
      query: `mutation { ${repeat(60, (i) => `m${i}: createSegment(input: { key: "k${i}", name: "k", rule: "EVERYONE" }) { __typename }`)} }`,
    },
  ],
  [
    'lists in lists',
    'BAD_USER_INPUT',
    { query: upsert, variables: attributes({ a: Array.from({ length: MAX_JSON_VALUES }, () => []) }) },
  ],
  [
    'numbers',
    'BAD_USER_INPUT',
    { query: upsert, variables: attributes({ a: Array(MAX_JSON_VALUES).fill(1) }) },
  ],
  [
    'an object of many keys',
    'BAD_USER_INPUT',
    { query: upsert, variables: attributes(named(MAX_OBJECT_KEYS + 1, (i) => `key ${i} ${'x'.repeat(80)}`)) },
  ],
  [
    'many names of keys',
    'BAD_USER_INPUT',
    {
      query: upsert,
      variables: attributes({
        a: Array.from({ length: 130 }, (_, list) => named(90, (i) => `key ${list} ${i}`)),
      }),
    },
  ],
  [
    'deep objects',
    'BAD_USER_INPUT',
    `{"query":"{ __typename }","variables":{"a":"${'x'.repeat(65_000)}","b":${'['.repeat(1000)}${']'.repeat(1000)}}}`,
  ],
  [
    'unknown fields',
    'BAD_USER_INPUT',
    {
      query: upsert,
      variables: { input: named(MAX_OBJECT_KEYS - 10, (i) => `field_${i}_${'x'.repeat(90)}`) },
    },
  ],
];

test.each(refused)('refuses %s with a short answer', async (_, code, body) => {
  const reply = await post(server, body);

  expect(reply.body.errors![0]!.extensions.code).toBe(code);
  expect(reply.text.length).toBeLessThan(10_000);
});

test('takes what is at the bounds, and signs of JSON in texts as text', async () => {
  const text = '{[,:"\\'.repeat(1_500);
  const list = Array.from({ length: 5 }, () => text);
  const within = await post(server, {
    query: '{ __typename }',
    variables: {
      list,
      numbers: Array(MAX_JSON_VALUES - 6_000).fill(1),
      names: Array.from({ length: 5 }, (_, part) => named(MAX_KEY_NAMES / 10, (i) => `name ${part} ${i}`)),
    },
  });
  const orders = await post(server, {
    query: 'query ($a: [Float!]) { __typename }',
    variables: { a: Array(90_000).fill(1.5) },
  });

  expect(within.body).toEqual({ data: { __typename: 'Query' } });
  expect(orders.body.errors![0]!.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
});
