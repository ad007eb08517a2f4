import { findCustomerId } from '#customers/identity/lookup.ts';
import { type CustomerInput, mergeCustomers, upsertCustomers } from '#customers/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../../support/app.ts';
import { query } from '../../support/query.ts';
import type { Data } from '../../support/typed-text.ts';
import type { Inputs } from '../../support/schema-types.d.ts';
import { external, upsert } from './upsert.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ IDENTITY_LIMITS: 'anonymous=3', IDENTITY_PLACEHOLDERS: 'walk-in' });
});
afterAll(() => app.close());

const QUEUE = `query ($status: IdentityConflictStatus!, $after: String) {
  identityConflicts(status: $status, first: 5, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id kind identity { value } customer { id } owner { id } } } }`;

type Conflict = NonNullable<Data<typeof QUEUE>['identityConflicts']>['nodes'][number];

async function readQueue(
  status: 'OPEN' | 'KEPT_APART' = 'OPEN',
  scopes?: Parameters<typeof viewerWith>[0],
): Promise<readonly Conflict[]> {
  const nodes: Conflict[] = [];
  let after: string | null = null;
  for (;;) {
    const data: Data<typeof QUEUE> = await query(app, QUEUE, { status, after }, viewerWith(scopes));
    nodes.push(...data.identityConflicts!.nodes);
    expect(data.identityConflicts!.totalCount).toBeGreaterThanOrEqual(nodes.length);
    if (!data.identityConflicts!.pageInfo.hasNextPage) return nodes;
    after = data.identityConflicts!.pageInfo.endCursor;
  }
}

async function resolve(conflict: string, action: 'KEEP_APART' | 'MERGE') {
  const data = await query(
    app,
    `mutation ($input: ResolveIdentityConflictInput!) { resolveIdentityConflict(input: $input) { __typename
      ... on ResolveIdentityConflictPayload { customerId conflict { status resolvedAt } customer { id } } } }`,
    { input: { conflict, action } },
  );
  return data.resolveIdentityConflict;
}

test('the queue holds each conflict once, masked, until it is decided', async () => {
  const ann = await upsert(app, { phone: '+44 20 7946 0301', identities: [external('q-1')] });
  const bea = await upsert(app, { phone: '+44 20 7946 0301', identities: [external('q-2')] });
  const cat = await upsert(app, { phone: '+44 20 7946 0301', identities: [external('q-3')] });
  await upsert(app, { phone: '+44 20 7946 0301', identities: [external('q-2')] });
  const ofPhone = (queue: readonly Conflict[]) => queue.filter(({ owner }) => owner?.id === ann.customerId);

  const open = ofPhone(await readQueue());
  expect(open.map(({ customer }) => customer!.id)).toEqual([cat.customerId, bea.customerId]);
  expect(open[0]).toMatchObject({ kind: 'PHONE', identity: { value: '+442079460301' } });
  const [masked] = ofPhone(await readQueue('OPEN', ['customers:read']));
  expect(masked!.identity.value).toBe('+44 … 01');

  const apart = await resolve(open[0]!.id, 'KEEP_APART');
  expect(apart).toMatchObject({ customerId: cat.customerId, conflict: { status: 'KEPT_APART' } });
  expect(apart!.conflict!.resolvedAt).not.toBeNull();
  await upsert(app, { phone: '+44 20 7946 0301', identities: [external('q-3')] });
  expect(ofPhone(await readQueue()).map(({ customer }) => customer!.id)).toEqual([bea.customerId]);
  expect(ofPhone(await readQueue('KEPT_APART'))).toHaveLength(1);

  const merged = await resolve(open[1]!.id, 'MERGE');
  expect(merged).toMatchObject({ customerId: ann.customerId, conflict: null });
  expect(ofPhone(await readQueue())).toEqual([]);
  expect(await findCustomerId(app, { externalId: { source: 'shop', id: 'q-2' } })).toBe(
    await findCustomerId(app, { externalId: { source: 'shop', id: 'q-1' } }),
  );
  expect(await resolve(open[1]!.id, 'MERGE')).toMatchObject({ __typename: 'NotFoundError' });
  expect(await resolve('nonsense', 'MERGE')).toMatchObject({ __typename: 'InvalidInputError' });
});

test('a merge of other people takes conflicts along, on either side', async () => {
  const a = await upsert(app, { email: 'move@conflict.test', identities: [external('mv-1')] });
  await upsert(app, { email: 'move@conflict.test', identities: [external('mv-2')] });
  const [x, y] = [
    await upsert(app, { identities: [external('mv-3')] }),
    await upsert(app, { identities: [external('mv-4')] }),
  ];
  const uuid = async (id: string) => (await findCustomerId(app, { externalId: { source: 'shop', id } }))!;

  await mergeCustomers(app, await uuid('mv-3'), await uuid('mv-1'));
  await mergeCustomers(app, await uuid('mv-4'), await uuid('mv-2'));

  const mine = (await readQueue()).filter(({ customer }) => customer!.id === y.customerId);
  expect(mine).toMatchObject([{ kind: 'EMAIL', owner: { id: x.customerId } }]);
  expect(a.customerId).not.toBe(x.customerId);
  expect(
    (await upsert(app, { email: 'move@conflict.test', identities: [external('mv-4')] })).conflicts,
  ).toHaveLength(1);
  expect((await readQueue()).filter(({ customer }) => customer!.id === y.customerId)).toHaveLength(1);
});

async function removeIdentities(customer: string, identities: readonly Inputs['IdentityInput'][]) {
  const data = await query(
    app,
    `mutation ($input: RemoveIdentitiesInput!) { removeIdentities(input: $input) { __typename
      ... on RemoveIdentitiesPayload { customer { email phone identities { kind value } } }
      ... on InvalidInputError { field } } }`,
    { input: { customer: { id: customer }, identities } },
  );
  return data.removeIdentities;
}

test('an identity can be taken off a person, not the last one, and somebody else then gets it', async () => {
  const phone = '+447700900888';
  const old = await upsert(app, { name: 'Old owner', phone, identities: [external('RP-A')] });
  const fresh = await upsert(app, { name: 'New owner', phone, identities: [external('RP-B')] });
  expect(fresh.conflicts).toHaveLength(1);

  const removed = await removeIdentities(old.customerId!, [{ kind: 'PHONE', value: phone }]);
  const last = await removeIdentities(old.customerId!, [external('RP-A')]);
  const others = await removeIdentities(old.customerId!, [external('RP-B')]);

  expect(removed!.customer).toEqual({
    email: null,
    phone: null,
    identities: [{ kind: 'EXTERNAL', value: 'RP-A' }],
  });
  expect(last).toEqual({ __typename: 'InvalidInputError', field: 'identities' });
  expect(others!.customer!.identities).toHaveLength(1);
  expect((await readQueue()).filter(({ customer }) => customer!.id === fresh.customerId)).toEqual([]);
  expect(await upsert(app, { phone, identities: [external('RP-B')] })).toMatchObject({ conflicts: [] });
  expect(await findCustomerId(app, { phone })).toBe(
    await findCustomerId(app, { externalId: { source: 'shop', id: 'RP-B' } }),
  );
});

test('null clears a field, and one left out stays', async () => {
  const full = {
    name: 'Zoe Full',
    email: 'zoe@clear.test',
    phone: '+44 20 7946 0401',
    address: '1 High Street',
    country: 'GB',
    language: 'en',
    attributes: { tier: 'gold' },
  };
  await upsert(app, { ...full, identities: [external('clear')] });
  await upsert(app, { email: 'zoe.2@clear.test', identities: [external('clear')] });

  const kept = await upsert(app, { identities: [external('clear')] });
  expect(kept).toMatchObject({ outcome: 'UNCHANGED', customer: { displayName: 'Zoe Full', country: 'GB' } });

  const emailless = await upsert(app, { email: null, country: null, identities: [external('clear')] });
  expect(emailless).toMatchObject({
    outcome: 'UPDATED',
    customer: { displayName: 'Zoe Full', email: null, phone: '+442079460401', country: null },
  });
  expect(emailless.customer!.identities.map(({ kind }) => kind)).toEqual(['EXTERNAL', 'PHONE']);
  expect(await findCustomerId(app, { email: 'zoe@clear.test' })).toBeNull();

  const data = await query(
    app,
    `mutation { upsertCustomer(input: { name: null, phone: null, address: null, language: null, attributes: null,
        identities: [{ kind: EXTERNAL, source: "shop", value: "clear" }] }) {
      ... on UpsertCustomerPayload { customer { displayName phone address language attributes identities { kind } } } } }`,
  );
  expect(data.upsertCustomer!.customer).toEqual({
    displayName: null,
    phone: null,
    address: null,
    language: null,
    attributes: {},
    identities: [{ kind: 'EXTERNAL' }],
  });
  const rows = await app.db.query(`select kind from customer_contacts where customer_id = $1`, [
    await findCustomerId(app, { externalId: { source: 'shop', id: 'clear' } }),
  ]);
  expect([...rows]).toEqual([]);
  const found = await query(app, `{ customers(search: "zoe") { nodes { id } } }`);
  expect(found.customers!.nodes).toEqual([]);
});

test('needs as many statements for 100 conflicts as for one', async () => {
  const make = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, n): CustomerInput => {
      const value = `${prefix}-${n}`;
      return { identities: [{ kind: 'external', source: 'crm', value }], email: `load-${n}@example.test` };
    });
  await upsertCustomers(app, make(101, 'load'));
  const countStatements = async (inputs: CustomerInput[]) => {
    app.resetStatements();
    const outcomes = await upsertCustomers(app, inputs);
    expect(outcomes.every(({ conflicts }) => conflicts.length === 1)).toBe(true);
    return app.statements.length;
  };

  const few = await countStatements(make(1, 'few'));
  expect(await countStatements(make(100, 'many'))).toBe(few);
});
