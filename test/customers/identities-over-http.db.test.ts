import { upsertProducts } from '#catalog/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { post, startTestServer, type TestServer } from '../support/server.ts';
import { textLike } from '../support/query.ts';
import type { Checked } from '../support/typed-text.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await upsertProducts(server.app, [{ sku: 'MUG', name: 'Mug', price: '8.00' }]);
});
afterAll(() => server.close());

async function ask<const Text extends string>(query: Checked<Text>, key = server.key) {
  const { body } = await post<Text>(server, { query }, { authorization: `Bearer ${key}` });
  return body;
}

/** Each test selects this, and may select more. */
type Upsert =
  `mutation { upsertCustomer(input: {}) { __typename ... on UpsertCustomerPayload { outcome customerId
  conflicts { kind reason status } ignoredIdentities { field kind } } } }`;

const upsert = (fields: string, more = '') =>
  textLike<Upsert>(`mutation { upsertCustomer(input: { ${fields} }) { __typename ... on UpsertCustomerPayload { outcome customerId
    conflicts { kind reason status } ignoredIdentities { field kind } ${more} } } }`);

test('two people of one shared device stay two, as a key that may only write is told', async () => {
  const writer = await server.createKey(['customers:write']);
  const person = (letter: string) =>
    upsert(`email: "${letter}@shared.test", name: "Device ${letter}",
      identities: [{ kind: ANONYMOUS, value: "device-777" }, { kind: EXTERNAL, source: "shop", value: "S${letter}" }]`);

  const first = await ask(person('B'), writer);
  const second = await ask(person('C'), writer);

  expect(first.data!.upsertCustomer).toMatchObject({ outcome: 'CREATED', conflicts: [] });
  expect(second.data!.upsertCustomer).toMatchObject({
    outcome: 'CREATED',
    conflicts: [{ kind: 'ANONYMOUS', reason: 'CONTRADICTION', status: 'OPEN' }],
  });
  expect(second.data!.upsertCustomer!.customerId).not.toBe(first.data!.upsertCustomer!.customerId);
  const { data } = await ask(`{ customer(by: { anonymousId: "device-777" }) { displayName } }`);
  expect(data!.customer!.displayName).toBe('Device B');
});

test('a key that may only write learns neither who has the identity nor its value', async () => {
  const writer = await server.createKey(['customers:write']);
  for (const field of ['owner { id }', 'customer { id }', 'identity { value }']) {
    const { data, errors } = await ask(
      upsert('email: "d@shared.test"', `more: conflicts { ${field} }`),
      writer,
    );
    expect([field, data ?? null]).toEqual([field, null]);
    expect(errors![0]!.extensions.code).toBe('FORBIDDEN');
  }
});

test('two visitors without an id of their own are not one person', async () => {
  const visitor = (email: string) =>
    upsert(`email: "${email}", identities: [{ kind: ANONYMOUS, value: "undefined" }]`);

  const [pia, pol] = [await ask(visitor('pia@anon.test')), await ask(visitor('pol@anon.test'))];

  expect(pia.data!.upsertCustomer!.customerId).not.toBe(pol.data!.upsertCustomer!.customerId);
  expect(pol.data!.upsertCustomer).toMatchObject({
    outcome: 'CREATED',
    ignoredIdentities: [{ field: 'identities.0.value', kind: 'ANONYMOUS' }],
  });
});

test('events that are refused make nobody, and one bad event need not refuse the good ones', async () => {
  const track = (onError: string) =>
    `mutation { trackEvents(input: { onError: ${onError}, events: [
        { source: "web", kind: "product_viewed", customer: { email: "atom1@b.test" }, sku: "MUG" },
        { source: "web", kind: "product_viewed", customer: { email: "atom2@b.test" }, sku: "GONE" },
        { source: "web", kind: "product_viewed", customer: { anonymousId: "null" }, sku: "MUG" } ] }) { __typename
      ... on TrackEventsPayload { results { index outcome errors { code field } } }
      ... on InvalidItemsError { items { index field code } } } }` as const;
  const people = `{ a: customer(by: { email: "atom1@b.test" }) { id } b: customer(by: { email: "atom2@b.test" }) { id } }`;

  const refused = await ask(track('REJECT_ALL'));
  const nobody = await ask(people);
  const skipped = await ask(track('SKIP'));
  const somebody = await ask(people);

  expect(refused.data!.trackEvents).toMatchObject({ __typename: 'InvalidItemsError' });
  expect(nobody.data).toEqual({ a: null, b: null });
  expect(skipped.data!.trackEvents!.results).toEqual([
    { index: 0, outcome: 'CREATED', errors: [] },
    { index: 1, outcome: 'SKIPPED', errors: [{ code: 'UNKNOWN_PRODUCT', field: 'product' }] },
    { index: 2, outcome: 'SKIPPED', errors: [{ code: 'PLACEHOLDER', field: 'customer' }] },
  ]);
  expect(somebody.data).toEqual({ a: { id: expect.any(String) }, b: null });
});
