import { findCustomerId } from '#customers/identity/lookup.ts';
import { type CustomerInput, mergeCustomers, upsertCustomers } from '#customers/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../../support/app.ts';
import { query } from '../../support/query.ts';
import type { Data } from '../../support/typed-text.ts';
import type { Inputs } from '../../support/schema-types.d.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ IDENTITY_LIMITS: 'anonymous=3', IDENTITY_PLACEHOLDERS: 'walk-in' });
});
afterAll(() => app.close());

const UPSERT = `mutation ($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { __typename
  ... on UpsertCustomerPayload { outcome customerId
    customer { displayName email phone country identities { kind source value } }
    conflicts { id kind source reason status identity { value } owner { id displayName } customer { id } }
    ignoredIdentities { field kind } }
  ... on InvalidInputError { field message }
  ... on IdentityConflictError { message conflicts { kind source reason owner { displayName } } } } }`;

async function upsert(input: Inputs['UpsertCustomerInput']) {
  const data = await query(app, UPSERT, { input });
  return data.upsertCustomer!;
}

const external = (value: string, source = 'shop') => ({ kind: 'EXTERNAL' as const, source, value });
const device = (value: string) => ({ kind: 'ANONYMOUS' as const, value });

async function countRows(): Promise<number> {
  const [row] = await app.db.query<{ count: number }>(
    `select (select count(*) from customers) + (select count(*) from customer_identities)
      + (select count(*) from identity_conflicts) as count`,
  );
  return row!.count;
}

test.each([
  ['a device', { identities: [device('kiosk')] }, 'ANONYMOUS'],
  ['a phone', { phone: '+44 20 7946 0100' }, 'PHONE'],
  ['an e-mail', { email: 'family@example.test' }, 'EMAIL'],
  ['an id of another system', { identities: [external('77', 'erp')] }, 'EXTERNAL'],
] as const)(
  'two ids of one shop that share %s stay two people, and the conflict is told',
  async (name, shared, kind) => {
    const mine = (id: string) => ({
      name: `${id} Hill`,
      ...shared,
      identities: [...('identities' in shared ? shared.identities : []), external(`${name}-${id}`)],
    });
    const mum = await upsert(mine('Mum'));
    const before = await countRows();

    const dad = await upsert(mine('Dad'));
    const kid = await upsert(mine('Kid'));
    const again = await upsert(mine('Dad'));

    expect(new Set([mum, dad, kid].map(({ customerId }) => customerId)).size).toBe(3);
    expect(dad).toMatchObject({
      outcome: 'CREATED',
      customer: { displayName: 'Dad Hill' },
      conflicts: [
        {
          kind,
          reason: 'CONTRADICTION',
          status: 'OPEN',
          owner: { displayName: 'Mum Hill' },
          customer: { id: dad.customerId },
        },
      ],
    });
    expect(again).toMatchObject({ outcome: 'UNCHANGED', conflicts: dad.conflicts });
    const data = await query(app, UPSERT, { input: mine('Mum') });
    expect(data.upsertCustomer).toMatchObject({
      outcome: 'UNCHANGED',
      conflicts: [],
      customer: { displayName: 'Mum Hill' },
    });
    // Dad and Kid: each a person, an identity and a conflict.
    expect(await countRows()).toBe(before + 6);
  },
);

test('a phone or a device does not join different e-mails; an e-mail alone still finds its person', async () => {
  const ann = await upsert({
    email: 'ann@rule.test',
    phone: '+44 20 7946 0201',
    identities: [device('tablet')],
  });
  const bob = await upsert({ email: 'bob@rule.test', phone: '+44 20 7946 0201' });
  const cy = await upsert({ email: 'cy@rule.test', identities: [device('tablet')] });
  const newEmail = await upsert({
    email: 'ann.new@rule.test',
    identities: [{ kind: 'EMAIL', value: 'ann@rule.test' }],
  });

  expect(new Set([ann, bob, cy].map(({ customerId }) => customerId)).size).toBe(3);
  expect(bob.conflicts).toMatchObject([{ kind: 'PHONE' }]);
  expect(cy.conflicts).toMatchObject([{ kind: 'ANONYMOUS' }]);
  expect(newEmail).toMatchObject({
    customerId: ann.customerId,
    conflicts: [],
    customer: { email: 'ann.new@rule.test' },
  });
});

test('what contradicts nothing still joins: a subscriber becomes the customer of the shop', async () => {
  const visitor = await upsert({ identities: [device('phone-1')] });
  const subscriber = await upsert({ email: 'sub@join.test' });
  const customer = await upsert({
    email: 'sub@join.test',
    identities: [external('join-1'), device('phone-1')],
  });
  const inErp = await upsert({ email: 'sub@join.test', identities: [external('join-1', 'erp')] });

  expect(customer).toMatchObject({ outcome: 'MERGED', conflicts: [] });
  expect([visitor.customerId, subscriber.customerId]).toContain(customer.customerId);
  expect(inErp).toMatchObject({ outcome: 'UPDATED', customerId: customer.customerId, conflicts: [] });
});

test('two ids of one source in one input are a conflict, and the known one wins', async () => {
  const known = await upsert({ identities: [external('two-1')] });

  const answer = await upsert({ identities: [external('two-new'), external('two-1')] });

  expect(answer).toMatchObject({
    customerId: known.customerId,
    conflicts: [{ kind: 'EXTERNAL', source: 'shop', identity: { value: 'two-new' }, owner: null }],
  });
  expect(await findCustomerId(app, { externalId: { source: 'shop', id: 'two-new' } })).toBeNull();
});

test('REJECT writes nothing and names the conflict; MERGE makes one person', async () => {
  const first = await upsert({ name: 'First', email: 'both@conflict.test', identities: [external('rm-1')] });
  const second = { name: 'Second', email: 'both@conflict.test', identities: [external('rm-2')] };
  const before = await countRows();

  const rejected = await upsert({ ...second, onConflict: 'REJECT' });
  const after = await countRows();
  const merged = await upsert({ ...second, onConflict: 'MERGE' });

  expect(rejected).toMatchObject({
    __typename: 'IdentityConflictError',
    conflicts: [{ kind: 'EMAIL', source: null, reason: 'CONTRADICTION', owner: { displayName: 'First' } }],
  });
  expect(rejected.message).not.toContain('both@');
  expect(after).toBe(before);
  expect(merged).toMatchObject({
    customerId: first.customerId,
    conflicts: [],
    customer: { displayName: 'Second' },
  });
});

test('a person gets no more devices than the limit', async () => {
  const devices = [1, 2, 3, 4].map((n) => device(`limit-${n}`));
  const answer = await upsert({ identities: [external('limited'), ...devices] });

  expect(answer.conflicts).toMatchObject([
    { kind: 'ANONYMOUS', reason: 'LIMIT', identity: { value: 'limit-4' }, owner: null },
  ]);
  expect(answer.customer!.identities).toHaveLength(4);
});

test.each([
  ['identities', { identities: [device('undefined')] }],
  ['identities', { identities: [external('N/A')] }],
  ['identities', { identities: [external('Walk-In')] }],
  ['email', { email: 'noemail@shop.test' }],
  ['phone', { phone: '0000000000' }],
  ['phone', { phone: 'null', country: 'GB' }],
] as const)('a placeholder as %s identifies nobody: %j', async (_, placeholder) => {
  const people = await countRows();
  const alone = await upsert(placeholder);

  expect(alone).toMatchObject({
    __typename: 'InvalidInputError',
    message: expect.stringContaining('placeholder'),
  });
  expect(await countRows()).toBe(people);

  const identities = 'identities' in placeholder ? placeholder.identities : [];
  const name = JSON.stringify(placeholder);
  const one = await upsert({ ...placeholder, identities: [...identities, external(`${name}-1`)] });
  const other = await upsert({ ...placeholder, identities: [...identities, external(`${name}-2`)] });

  expect(one.customerId).not.toBe(other.customerId);
  expect(one).toMatchObject({
    outcome: 'CREATED',
    conflicts: [],
    ignoredIdentities: [{ field: expect.any(String) }],
  });
  expect(one.customer!.identities).toHaveLength(1);
  expect(one.customer).toMatchObject({ email: null, phone: null });
});

test('twenty writers who bring one e-mail with ids of their own make twenty people, one of whom has it', async () => {
  const inputs = Array.from({ length: 20 }, (_, n): CustomerInput => {
    return {
      identities: [{ kind: 'external', source: 'crm', value: `crowd-${n}` }],
      email: 'crowd@example.test',
    };
  });

  const outcomes = (await Promise.all(inputs.map((input) => upsertCustomers(app, [input])))).flat();

  expect(new Set(outcomes.map(({ customerId }) => customerId)).size).toBe(20);
  expect(outcomes.filter(({ conflicts }) => conflicts.length === 1)).toHaveLength(19);
});

test('two writers who give a subscriber different ids of one source do not both get her', async () => {
  for (let turn = 0; turn < 5; turn += 1) {
    const email = `race-${turn}@example.test`;
    await upsertCustomers(app, [{ identities: [], email }]);
    const outcomes = await Promise.all(
      ['a', 'b'].map((id) =>
        upsertCustomers(app, [
          { identities: [{ kind: 'external', source: 'crm', value: `race-${turn}-${id}` }], email },
        ]),
      ),
    );
    expect(new Set(outcomes.flat().map(({ customerId }) => customerId)).size).toBe(2);
  }
});

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
  const ann = await upsert({ phone: '+44 20 7946 0301', identities: [external('q-1')] });
  const bea = await upsert({ phone: '+44 20 7946 0301', identities: [external('q-2')] });
  const cat = await upsert({ phone: '+44 20 7946 0301', identities: [external('q-3')] });
  await upsert({ phone: '+44 20 7946 0301', identities: [external('q-2')] });
  const ofPhone = (queue: readonly Conflict[]) => queue.filter(({ owner }) => owner?.id === ann.customerId);

  const open = ofPhone(await readQueue());
  expect(open.map(({ customer }) => customer!.id)).toEqual([cat.customerId, bea.customerId]);
  expect(open[0]).toMatchObject({ kind: 'PHONE', identity: { value: '+442079460301' } });
  const [masked] = ofPhone(await readQueue('OPEN', ['customers:read']));
  expect(masked!.identity.value).toBe('+44 … 01');

  const apart = await resolve(open[0]!.id, 'KEEP_APART');
  expect(apart).toMatchObject({ customerId: cat.customerId, conflict: { status: 'KEPT_APART' } });
  expect(apart!.conflict!.resolvedAt).not.toBeNull();
  await upsert({ phone: '+44 20 7946 0301', identities: [external('q-3')] });
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
  const a = await upsert({ email: 'move@conflict.test', identities: [external('mv-1')] });
  await upsert({ email: 'move@conflict.test', identities: [external('mv-2')] });
  const [x, y] = [
    await upsert({ identities: [external('mv-3')] }),
    await upsert({ identities: [external('mv-4')] }),
  ];
  const uuid = async (id: string) => (await findCustomerId(app, { externalId: { source: 'shop', id } }))!;

  await mergeCustomers(app, await uuid('mv-3'), await uuid('mv-1'));
  await mergeCustomers(app, await uuid('mv-4'), await uuid('mv-2'));

  const mine = (await readQueue()).filter(({ customer }) => customer!.id === y.customerId);
  expect(mine).toMatchObject([{ kind: 'EMAIL', owner: { id: x.customerId } }]);
  expect(a.customerId).not.toBe(x.customerId);
  expect(
    (await upsert({ email: 'move@conflict.test', identities: [external('mv-4')] })).conflicts,
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
  const old = await upsert({ name: 'Old owner', phone, identities: [external('RP-A')] });
  const fresh = await upsert({ name: 'New owner', phone, identities: [external('RP-B')] });
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
  expect(await upsert({ phone, identities: [external('RP-B')] })).toMatchObject({ conflicts: [] });
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
  await upsert({ ...full, identities: [external('clear')] });
  await upsert({ email: 'zoe.2@clear.test', identities: [external('clear')] });

  const kept = await upsert({ identities: [external('clear')] });
  expect(kept).toMatchObject({ outcome: 'UNCHANGED', customer: { displayName: 'Zoe Full', country: 'GB' } });

  const emailless = await upsert({ email: null, country: null, identities: [external('clear')] });
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
