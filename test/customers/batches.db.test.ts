import { forgetOldCalls } from '#platform/idempotency.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { execute, query } from '../support/query.ts';
import type { Data } from '../support/typed-text.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const RESULTS = 'results { index outcome customerId errors { index field code message } }';
const FAULTS = `... on InvalidItemsError { items { index field code message } }
  ... on InvalidInputError { field message } ... on IdentityConflictError { message }`;
const MUTATIONS = {
  upsertCustomers: ['UpsertCustomersInput', 'UpsertCustomersPayload', 'customer { id country }'],
  recordConsents: ['RecordConsentsInput', 'RecordConsentsPayload', 'customer { id }'],
  setCustomersAttributes: ['SetCustomersAttributesInput', 'SetCustomersAttributesPayload', 'customer { id }'],
} as const;

/** The answers of the other two mutations are a part of this. */
type Like = `mutation ($input: UpsertCustomersInput!) { upsertCustomers(input: $input) { __typename
  ... on UpsertCustomersPayload { results { index customer { id country } outcome customerId errors { index field code } } } } }`;

async function write(name: keyof typeof MUTATIONS, input: object, viewer = viewerWith()) {
  const [type, payload, more] = MUTATIONS[name];
  const data = await query<string>(
    app,
    `mutation ($input: ${type}!) { ${name}(input: $input) { __typename
      ... on ${payload} { ${RESULTS.replace('index', `index ${more}`)} } ${name === 'upsertCustomers' ? FAULTS : FAULTS.replace(/\.\.\. on IdentityConflictError.*/, '')} } }`,
    { input },
    viewer,
  );
  return (data as Record<typeof name, Data<Like>['upsertCustomers']>)[name]!;
}

const external = (id: string, more: object = {}) => ({
  identities: [{ kind: 'EXTERNAL', source: 'crm', value: id }],
  ...more,
});
const outcomes = ({ results }: Awaited<ReturnType<typeof write>>) => results!.map(({ outcome }) => outcome);

async function countCustomers(): Promise<number> {
  const [row] = await app.db.query<{ count: number }>('select count(*) as count from customers');
  return row!.count;
}

test('answers each row in the order given, by whichever identity it comes', async () => {
  await write('upsertCustomers', { customers: [external('order-2', { email: 'order2@example.com' })] });

  const answer = await write('upsertCustomers', {
    customers: [
      external('order-1', { country: 'FR' }),
      { email: 'ORDER2@example.com', country: 'DE' },
      { identities: [{ kind: 'ANONYMOUS', value: 'order-3' }] },
      external('order-1-other', { country: 'IT' }),
    ],
  });

  expect(outcomes(answer)).toEqual(['CREATED', 'UPDATED', 'CREATED', 'CREATED']);
  expect(answer.results!.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  expect(answer.results!.map((row) => row.customer!.country)).toEqual(['FR', 'DE', null, 'IT']);
});

test('skips the rows that cannot be used, says why, and writes the others', async () => {
  const answer = await write('upsertCustomers', {
    onError: 'SKIP',
    customers: [
      external('skip-1'),
      { email: 'no address' },
      external('skip-2', { country: 'Atlantis' }),
      {},
      { identities: [{ kind: 'EXTERNAL', source: 'crm', value: 'undefined' }] },
      external('skip-3'),
    ],
  });

  expect(outcomes(answer)).toEqual(['CREATED', 'SKIPPED', 'SKIPPED', 'SKIPPED', 'SKIPPED', 'CREATED']);
  const fields = answer.results!.flatMap(({ errors }) => errors.map(({ index, field }) => [index, field]));
  expect(fields).toEqual([
    [1, 'email'],
    [2, 'country'],
    [3, 'identities'],
    [4, 'identities.0.value'],
  ]);
});

test('writes nothing where a row cannot be used, unless rows may be skipped', async () => {
  const before = await countCustomers();

  const answer = await write('upsertCustomers', { customers: [external('all-1'), { email: 'no address' }] });

  expect(answer).toMatchObject({ __typename: 'InvalidItemsError', items: [{ index: 1, field: 'email' }] });
  expect(await countCustomers()).toBe(before);
});

test('refuses a row with an identity of an earlier row, also in another spelling', async () => {
  const answer = await write('upsertCustomers', {
    onError: 'SKIP',
    customers: [
      external('twice', { email: 'twice@example.com', country: 'FR' }),
      { email: ' TWICE@example.com', country: 'DE' },
      external('twice', { country: 'IT' }),
      external('twice-not'),
    ],
  });

  expect(outcomes(answer)).toEqual(['CREATED', 'SKIPPED', 'SKIPPED', 'CREATED']);
  expect(answer.results![1]!.errors).toMatchObject([{ field: 'identities', code: 'DUPLICATE' }]);
  expect(answer.results![2]!.errors).toMatchObject([{ code: 'DUPLICATE' }]);
  expect(answer.results![0]!.customer!.country).toBe('FR');
});

test('skips the row alone whose identities contradict each other, where that is to be rejected', async () => {
  await write('upsertCustomers', {
    customers: [
      external('conflict-a', { phone: '+442079460001' }),
      external('conflict-b', { phone: '+442079460002' }),
    ],
  });
  const customers = [
    external('conflict-c'),
    external('conflict-a', { phone: '+442079460002' }),
    external('conflict-d'),
  ];

  const rejected = await write('upsertCustomers', { customers, onConflict: 'REJECT' });
  const skipped = await write('upsertCustomers', { customers, onConflict: 'REJECT', onError: 'SKIP' });
  const kept = await write('upsertCustomers', { customers, onError: 'SKIP' });

  expect(rejected).toMatchObject({ __typename: 'IdentityConflictError' });
  expect(outcomes(skipped)).toEqual(['CREATED', 'SKIPPED', 'CREATED']);
  expect(skipped.results![1]!.errors).toMatchObject([{ code: 'IDENTITY_CONFLICT' }]);
  expect(outcomes(kept)[1]).not.toBe('SKIPPED');
});

test('answers a call with a known key from memory, and refuses the key for another input', async () => {
  const input = {
    idempotencyKey: 'call-1',
    onError: 'SKIP',
    customers: [external('key-1', { country: 'FR' }), { email: 'no address' }],
  };
  const first = await write('upsertCustomers', input);
  await write('upsertCustomers', { customers: [external('key-1', { country: 'DE' })] });

  const second = await write('upsertCustomers', input);
  const other = await write('upsertCustomers', { ...input, customers: [external('key-2')] });
  const ofAnotherCaller = await write(
    'upsertCustomers',
    { ...input, customers: [external('key-3')] },
    {
      ...viewerWith(),
      id: 'key:other',
    },
  );

  expect(second.results!.map(({ outcome }) => outcome)).toEqual(['CREATED', 'SKIPPED']);
  expect(second.results![0]!.customerId).toBe(first.results![0]!.customerId);
  expect(second.results![1]!.errors).toEqual(first.results![1]!.errors);
  expect(second.results![0]!.customer!.country).toBe('DE');
  expect(other).toMatchObject({ __typename: 'InvalidInputError', field: 'idempotencyKey' });
  expect(outcomes(ofAnotherCaller)).toEqual(['CREATED']);
});

test('runs a call once when it is sent five times at once', async () => {
  const input = { idempotencyKey: 'at-once', customers: [external('once-1'), external('once-2')] };

  const answers = await Promise.all(Array.from({ length: 5 }, () => write('upsertCustomers', input)));

  expect(answers.map(outcomes)).toEqual(Array.from({ length: 5 }, () => ['CREATED', 'CREATED']));
  expect(new Set(answers.map(({ results }) => results![0]!.customerId)).size).toBe(1);
});

test('keeps no text of a row under the key of its call, and forgets the call after a day', async () => {
  await write('upsertCustomers', {
    idempotencyKey: 'private',
    onError: 'SKIP',
    customers: [external('private-1', { name: 'Ann Lee' }), { email: 'ann at example.com' }],
  });

  const rows = await app.db.query<{ text: string }>('select key::text as text from idempotency_keys as key');
  const isNew = await forgetOldCalls(app.db, new Date());
  const forgotten = await forgetOldCalls(app.db, new Date(Date.now() + 25 * 3_600_000));

  expect(rows.map(({ text }) => text).join()).not.toMatch(/ann/i);
  expect([isNew, forgotten]).toEqual([0, rows.length]);
});

test('needs as many statements for 300 rows as for 3', async () => {
  const countFor = async (name: keyof typeof MUTATIONS, input: object) => {
    app.resetStatements();
    await write(name, input);
    // Declarations of attributes are remembered for seconds, whatever the number of rows.
    return app.statements.filter((text) => !text.includes('attributes.catalog')).length;
  };
  const rows = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) =>
      external(`${prefix}-${index}`, { email: `${prefix}${index}@example.com` }),
    );
  const attributes = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      customer: { email: `${prefix}${index}@example.com` },
      attributes: { tier: 'gold' },
    }));
  await write('upsertCustomers', { customers: rows('warm', 3) });
  await write('setCustomersAttributes', { customers: attributes('warm', 3) });

  const few = await countFor('upsertCustomers', { customers: rows('few', 3) });
  const many = await countFor('upsertCustomers', { customers: rows('many', 300) });
  const fewChanges = await countFor('setCustomersAttributes', { customers: attributes('few', 3) });
  const manyChanges = await countFor('setCustomersAttributes', { customers: attributes('many', 300) });

  expect(many).toBe(few);
  expect(manyChanges).toBe(fewChanges);
});

test('records the consents of many, several of one customer, and skips who is unknown', async () => {
  await write('upsertCustomers', { customers: [external('consent-1'), external('consent-2')] });
  const consent = (channel: string, status: string) => ({
    channel,
    purpose: 'marketing',
    status,
    source: 'web',
    recordedAt: '2026-01-01T00:00:00Z',
  });
  const by = (id: string) => ({ externalId: { source: 'crm', id } });
  const consents = [
    { customer: by('consent-1'), consent: consent('email', 'GRANTED') },
    { customer: by('consent-1'), consent: consent('sms', 'DENIED') },
    { customer: by('consent-none'), consent: consent('email', 'GRANTED') },
    { customer: { email: 'half' }, consent: consent('email', 'GRANTED') },
    { customer: by('consent-2'), consent: consent('e mail', 'GRANTED') },
  ];

  const first = await write('recordConsents', { consents, onError: 'SKIP' });
  const second = await write('recordConsents', { consents, onError: 'SKIP' });

  expect(outcomes(first)).toEqual(['UPDATED', 'UPDATED', 'SKIPPED', 'SKIPPED', 'SKIPPED']);
  expect(first.results![2]!.errors).toMatchObject([{ code: 'UNKNOWN_CUSTOMER', field: 'customer' }]);
  expect(first.results![3]!.errors).toMatchObject([{ field: 'customer.email' }]);
  expect(first.results![4]!.errors).toMatchObject([{ field: 'consent.channel' }]);
  expect(outcomes(second).slice(0, 2)).toEqual(['UNCHANGED', 'UNCHANGED']);
});

test('sets the attributes of many, and refuses a customer who comes twice by two names', async () => {
  const { results } = await write('upsertCustomers', {
    customers: [external('attr-1', { email: 'attr1@example.com' }), external('attr-2')],
  });
  const set = (customer: object, tier: string | null) => ({ customer, attributes: { tier } });

  const answer = await write('setCustomersAttributes', {
    onError: 'SKIP',
    customers: [
      set({ id: results![0]!.customerId }, 'gold'),
      set({ email: 'attr1@example.com' }, 'silver'),
      set({ externalId: { source: 'crm', id: 'attr-2' } }, 'bronze'),
    ],
  });

  expect(outcomes(answer)).toEqual(['UPDATED', 'SKIPPED', 'UPDATED']);
  expect(answer.results![1]!.errors).toMatchObject([{ code: 'DUPLICATE' }]);
  const read = await execute(app, `{ customer(by: { email: "attr1@example.com" }) { attributes } }`);
  expect(read.data!.customer!.attributes).toEqual({ tier: 'gold' });
});

test('takes 1,000 rows and no more', async () => {
  const customers = Array.from({ length: 1001 }, (_, index) => external(`size-${index}`));

  const tooMany = await write('upsertCustomers', { customers });
  const allowed = await write('upsertCustomers', { customers: customers.slice(0, 1000) });

  expect(tooMany).toMatchObject({ __typename: 'InvalidItemsError', items: [{ field: 'customers' }] });
  expect(new Set(outcomes(allowed))).toEqual(new Set(['CREATED']));
});
