import { upsertCustomers } from '#customers/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { execute, query } from '../support/query.ts';
import type { Inputs } from '../support/schema-types.d.ts';
import { globalId } from '../support/global-ids.ts';

let app: TestApp;
let customerIds: string[];
beforeAll(async () => {
  app = await openTestApp();
  const outcomes = await upsertCustomers(
    app,
    Array.from({ length: 25 }, (_, n) => ({
      identities: [{ kind: 'external', source: 'crm', value: `c${n}` }],
      name: `Bob Number${n}`,
      email: `bob${n}@example.com`,
      phone: `+44 20 7946 00${10 + n}`,
      address: `${n} High Street`,
      consents: [
        {
          channel: 'email',
          purpose: 'marketing',
          status: 'granted',
          source: 'web',
          recordedAt: new Date('2026-01-01'),
          proof: { ip: '192.0.2.1' },
        },
      ],
    })),
  );
  customerIds = outcomes.map(({ customerId }) => customerId);
});
afterAll(() => app.close());

const upsert = `mutation ($input: UpsertCustomerInput!) {
  upsertCustomer(input: $input) {
    type: __typename
    ... on UpsertCustomerPayload { outcome customer { displayName email phone attributes } }
    ... on Error { message }
    ... on InvalidInputError { field }
  }
}`;

test('shows contact data to a caller with pii:read', async () => {
  const answer = await execute(
    app,
    `{ customer(by: { email: "bob3@example.com" }) {
      displayName email phone address identities { kind value } consents { proof history { proof } }
    } }`,
    {},
    viewerWith(['customers:read', 'pii:read']),
  );

  expect(answer).toEqual({
    data: {
      customer: {
        displayName: 'Bob Number3',
        email: 'bob3@example.com',
        phone: '+442079460013',
        address: '3 High Street',
        identities: [
          { kind: 'EMAIL', value: 'bob3@example.com' },
          { kind: 'EXTERNAL', value: 'c3' },
          { kind: 'PHONE', value: '+442079460013' },
        ],
        consents: [{ proof: { ip: '192.0.2.1' }, history: [{ proof: { ip: '192.0.2.1' } }] }],
      },
    },
  });
});

test('masks contact data for a caller without pii:read, wherever it could come out', async () => {
  const answer = await execute(
    app,
    `{ customer(by: { email: "bob3@example.com" }) {
      displayName email phone address identities { kind value } consents { proof history { proof } }
    } }`,
    {},
    viewerWith(['customers:read']),
  );

  expect(answer).toEqual({
    data: {
      customer: {
        displayName: 'B. N.',
        email: 'b…@e…',
        phone: '+44 … 13',
        address: '…',
        identities: [
          { kind: 'EMAIL', value: 'b…@e…' },
          { kind: 'EXTERNAL', value: 'c3' },
          { kind: 'PHONE', value: '+44 … 13' },
        ],
        consents: [{ proof: null, history: [{ proof: null }] }],
      },
    },
  });
});

test('masks the answer of a mutation too', async () => {
  const data = await query(
    app,
    upsert,
    { input: { email: 'bob4@example.com' } },
    viewerWith(['customers:read', 'customers:write']),
  );

  expect(data.upsertCustomer!.customer).toMatchObject({ displayName: 'B. N.', email: 'b…@e…' });
});

test('reads one statement per relation, for 3 people as for 25', async () => {
  const countStatements = async (ids: string[]) => {
    app.resetStatements();
    const data = await query(
      app,
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer {
        displayName email phone address country attributes identities { value } consents { status history { status } }
      } } }`,
      { ids: ids.map((id) => globalId('Customer', id)) },
    );
    expect(data.nodes).toHaveLength(ids.length);
    return app.statements.length;
  };

  expect(await countStatements(customerIds.slice(0, 3))).toBe(5);
  expect(await countStatements(customerIds)).toBe(5);
});

test('reads no contact data where none is selected', async () => {
  app.resetStatements();

  await execute(app, `{ customer(by: { externalId: { source: "crm", id: "c1" } }) { country createdAt } }`);

  expect(app.statements).toHaveLength(1);
  expect(app.statements.join()).not.toContain('customer_contacts');
});

test('looks several people up by different identities in one statement', async () => {
  app.resetStatements();

  const answer = await execute(
    app,
    `{
      a: customer(by: { email: "BOB1@example.com" }) { id }
      b: customer(by: { phone: "+442079460012" }) { id }
      c: customer(by: { externalId: { source: "crm", id: "c3" } }) { id }
      d: customer(by: { anonymousId: "unknown" }) { id }
    }`,
  );

  expect(answer).toEqual({
    data: {
      a: { id: globalId('Customer', customerIds[1]!) },
      b: { id: globalId('Customer', customerIds[2]!) },
      c: { id: globalId('Customer', customerIds[3]!) },
      d: null,
    },
  });
  expect(app.statements).toHaveLength(1);
});

test.each([
  [{ email: 'bob' }, 'by.email: expected an e-mail address'],
  [{ phone: '020 7946 0018' }, 'by.phone: expected an international phone number'],
  [{ id: 'nonsense' }, 'by.id: expected an id as in Customer.id'],
  [{ id: globalId('Product', '1') }, 'by.id: expected an id as in Customer.id'],
  [{ externalId: { source: '', id: 'x' } }, 'by.externalId.source: expected some text'],
  [{ anonymousId: 'a\u0001b' }, 'by.anonymousId: expected text without control characters'],
  [{ email: 'a@b.example', phone: '+442079460012' }, 'Exactly one key must be specified'],
  [{}, 'Exactly one key must be specified'],
])('answers a client error for the lookup %j', async (by, message) => {
  const answer = await execute(app, `query ($by: CustomerBy!) { customer(by: $by) { id } }`, {
    by: by as Inputs['CustomerBy'],
  });

  expect(answer.errors?.[0]?.message).toContain(message);
});

test('answers null for ids and identities that nobody has', async () => {
  const answer = await execute(
    app,
    `{
      uuid: customer(by: { id: "00000000-0000-7000-8000-000000000000" }) { id }
      sql: customer(by: { externalId: { source: "crm", id: "' or 1=1; drop table customers; --" } }) { id }
      email: customer(by: { email: "nobody@example.com" }) { id }
    }`,
  );

  expect(answer).toEqual({ data: { uuid: null, sql: null, email: null } });
});

test('takes in a person with emoji and quotes in their name unchanged', async () => {
  const name = `Robert "Bobby" O'Tables'; drop table customers; -- 🙂 Ω 王`;

  const data = await query(app, upsert, {
    input: { name, email: 'tables@example.com', attributes: { "it's; --": '$1 {{}} \\ 🙂' } },
  });

  expect(data.upsertCustomer).toMatchObject({
    type: 'UpsertCustomerPayload',
    outcome: 'CREATED',
    customer: { displayName: name, attributes: { "it's; --": '$1 {{}} \\ 🙂' } },
  });
});

const email = 'bad-input@example.com';
const consent = { channel: 'email', purpose: 'marketing', status: 'GRANTED', source: 'web' };
test.each([
  ['no identity', {}, 'identities'],
  ['a control character in the name', { email, name: 'a\u0001b' }, 'name'],
  ['half a surrogate pair', { email, name: 'a\ud83d' }, 'name'],
  ['a name of 60 KB', { email, name: 'x'.repeat(60_000) }, 'name'],
  ['a blank name', { email, name: '   ' }, 'name'],
  ['an e-mail of 60 KB', { email: `${'x'.repeat(60_000)}@example.com` }, 'email'],
  ['an e-mail without a domain', { email: 'ann' }, 'email'],
  ['two at signs', { email: 'ann@bob@example.com' }, 'email'],
  ['SQL for an e-mail', { email: `'; drop table customers; --` }, 'email'],
  ['a phone of letters', { email, phone: 'call me' }, 'phone'],
  ['a local phone number without a country', { email, phone: '020 7946 0018' }, 'phone'],
  ['a language that is none', { email, language: 'x' }, 'language'],
  [
    'an external id without its source',
    { identities: [{ kind: 'EXTERNAL', value: '1' }] },
    'identities.0.source',
  ],
  ['an empty id', { identities: [{ kind: 'ANONYMOUS', value: '' }] }, 'identities.0.value'],
  ['attributes that are a list', { email, attributes: [1] }, 'attributes'],
  ['attributes that are a word', { email, attributes: 'gold' }, 'attributes'],
  ['a NUL in a key', { email, attributes: { 'a\u0000': 1 } }, 'attributes'],
  [
    'attributes of 100 KB',
    { email, attributes: { a: 'x'.repeat(50_000), b: 'x'.repeat(50_000) } },
    'attributes',
  ],
  [
    'a channel of its own spelling',
    { email, consents: [{ ...consent, channel: 'E-Mail!' }] },
    'consents.0.channel',
  ],
  [
    'a proof that is no object',
    { email, consents: [consent, { ...consent, proof: 'yes' }] },
    'consents.1.proof',
  ],
  ['a time before 1900', { email, createdAt: '0001-01-01T00:00:00Z' }, 'createdAt'],
])('answers InvalidInputError with the field for %s, and writes nothing', async (_, input, field) => {
  const data = await query(app, upsert, { input: input as Inputs['UpsertCustomerInput'] });

  expect(data.upsertCustomer).toMatchObject({ type: 'InvalidInputError', field });
  const found = await execute(app, `{ customer(by: { email: "${email}" }) { id } }`);
  expect(found).toEqual({ data: { customer: null } });
});

test('says nothing of the contact data it refuses', async () => {
  const data = await query(app, upsert, { input: { email: 'secret@person', phone: '+44 12' } });

  expect(data.upsertCustomer!.message).not.toContain('secret');
});

test('sets and removes attributes one by one', async () => {
  const set = async (attributes: object) =>
    execute(
      app,
      `mutation ($input: SetCustomerAttributesInput!) { setCustomerAttributes(input: $input) {
        ... on SetCustomerAttributesPayload { customer { attributes } }
      } }`,
      { input: { customer: { id: customerIds[0]! }, attributes } },
    );

  await set({ tier: 'gold', size: 'L' });
  const answer = await set({ tier: null, shoes: 42 });

  expect(answer.data!.setCustomerAttributes!.customer!.attributes).toEqual({ size: 'L', shoes: 42 });
});

test('answers each mutation of one request with what it changed', async () => {
  const data = await query(
    app,
    `mutation {
      first: upsertCustomer(input: { email: "bob5@example.com", name: "First" }) {
        ... on UpsertCustomerPayload { customer { displayName } }
      }
      second: upsertCustomer(input: { email: "bob5@example.com", name: "Second" }) {
        ... on UpsertCustomerPayload { customer { displayName } }
      }
    }`,
  );

  expect(data.first!.customer!.displayName).toBe('First');
  expect(data.second!.customer!.displayName).toBe('Second');
});
