import { afterAll, beforeAll, expect, test } from 'vitest';

import { post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await post(server, {
    query: 'mutation ($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { __typename } }',
    variables: { input: { identities: [{ kind: 'EXTERNAL', source: 'crm', value: 'one' }] } },
  });
});
afterAll(() => server.close());

const CUSTOMER = 'customer(by: { externalId: { source: "crm", id: "one" } })';
const UNEXPECTED = { message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } };

/** Takes a table away for the time of the request, as a bug or a damaged database would. */
async function askWithout(table: string, query: string) {
  await server.app.db.execute(`alter table ${table} rename to ${table}_away`);
  try {
    return (await post(server, { query })).body;
  } finally {
    await server.app.db.execute(`alter table ${table}_away rename to ${table}`);
  }
}

test('a mutation that fails leaves the results of those before and after it', async () => {
  const list = (key: string) =>
    `${key}: createCustomerList(input: { key: "${key}", name: "List" }) { ... on CreateCustomerListPayload { list { key } } }`;
  const fails = `product: upsertProducts(input: { products: [{ sku: "A" }] }) { __typename }`;

  const body = await askWithout('products', `mutation { ${list('first')} ${fails} ${list('second')} }`);

  expect(body.data).toEqual({
    first: { list: { key: 'first' } },
    product: null,
    second: { list: { key: 'second' } },
  });
  expect(body.errors).toMatchObject([{ ...UNEXPECTED, path: ['product'] }]);
});

test('a root field that fails leaves the others', async () => {
  for (let run = 0; run < 3; run += 1) {
    const body = await askWithout(
      'campaigns',
      '{ campaigns { totalCount nodes { id } } viewer { name } products { totalCount } }',
    );

    expect(body.data).toEqual({ campaigns: null, viewer: { name: 'test' }, products: { totalCount: 0 } });
    expect(body.errors![0]).toMatchObject(UNEXPECTED);
    expect(body.errors![0]!.path![0]).toBe('campaigns');
  }
});

test.for([
  ['recommendations', 'order_lines', 'recommendations { score }'],
  ['predictions', 'customer_profiles', 'predictions { churnRisk }'],
  ['orders', 'orders', 'orders { totalCount }'],
  ['segments', 'segment_memberships', 'segments { nodes { key } }'],
] as const)('a computed field that fails leaves the customer: %s', async ([field, table, selection]) => {
  const body = await askWithout(table, `{ ${CUSTOMER} { createdAt ${selection} } }`);

  expect((body.data as { customer: unknown }).customer).toEqual({
    createdAt: expect.any(String),
    [field]: null,
  });
  expect(body.errors![0]!.path!.slice(0, 2)).toEqual(['customer', field]);
  expect(body.errors![0]).toMatchObject(UNEXPECTED);
});

test('a refused argument takes away its own field, with a code and its path', async () => {
  const { body } = await post(server, {
    query: `{ ${CUSTOMER} { createdAt orders(after: "nonsense") { totalCount } events { totalCount } } }`,
  });

  expect(body.data!.customer).toEqual({
    createdAt: expect.any(String),
    orders: null,
    events: { totalCount: 0 },
  });
  expect(body.errors).toMatchObject([
    { path: ['customer', 'orders'], extensions: { code: 'BAD_USER_INPUT' } },
  ]);
});
