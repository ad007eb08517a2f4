import { findCustomerId } from '#customers/identity/lookup.ts';
import { type CustomerInput, upsertCustomers } from '#customers/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { query } from '../../support/query.ts';
import { device, external, upsert, UPSERT } from './upsert.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ IDENTITY_LIMITS: 'anonymous=3', IDENTITY_PLACEHOLDERS: 'walk-in' });
});
afterAll(() => app.close());

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
    const mum = await upsert(app, mine('Mum'));
    const before = await countRows();

    const dad = await upsert(app, mine('Dad'));
    const kid = await upsert(app, mine('Kid'));
    const again = await upsert(app, mine('Dad'));

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
  const ann = await upsert(app, {
    email: 'ann@rule.test',
    phone: '+44 20 7946 0201',
    identities: [device('tablet')],
  });
  const bob = await upsert(app, { email: 'bob@rule.test', phone: '+44 20 7946 0201' });
  const cy = await upsert(app, { email: 'cy@rule.test', identities: [device('tablet')] });
  const newEmail = await upsert(app, {
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
  const visitor = await upsert(app, { identities: [device('phone-1')] });
  const subscriber = await upsert(app, { email: 'sub@join.test' });
  const customer = await upsert(app, {
    email: 'sub@join.test',
    identities: [external('join-1'), device('phone-1')],
  });
  const inErp = await upsert(app, { email: 'sub@join.test', identities: [external('join-1', 'erp')] });

  expect(customer).toMatchObject({ outcome: 'MERGED', conflicts: [] });
  expect([visitor.customerId, subscriber.customerId]).toContain(customer.customerId);
  expect(inErp).toMatchObject({ outcome: 'UPDATED', customerId: customer.customerId, conflicts: [] });
});

test('two ids of one source in one input are a conflict, and the known one wins', async () => {
  const known = await upsert(app, { identities: [external('two-1')] });

  const answer = await upsert(app, { identities: [external('two-new'), external('two-1')] });

  expect(answer).toMatchObject({
    customerId: known.customerId,
    conflicts: [{ kind: 'EXTERNAL', source: 'shop', identity: { value: 'two-new' }, owner: null }],
  });
  expect(await findCustomerId(app, { externalId: { source: 'shop', id: 'two-new' } })).toBeNull();
});

test('REJECT writes nothing and names the conflict; MERGE makes one person', async () => {
  const first = await upsert(app, {
    name: 'First',
    email: 'both@conflict.test',
    identities: [external('rm-1')],
  });
  const second = { name: 'Second', email: 'both@conflict.test', identities: [external('rm-2')] };
  const before = await countRows();

  const rejected = await upsert(app, { ...second, onConflict: 'REJECT' });
  const after = await countRows();
  const merged = await upsert(app, { ...second, onConflict: 'MERGE' });

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
  const answer = await upsert(app, { identities: [external('limited'), ...devices] });

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
  const alone = await upsert(app, placeholder);

  expect(alone).toMatchObject({
    __typename: 'InvalidInputError',
    message: expect.stringContaining('placeholder'),
  });
  expect(await countRows()).toBe(people);

  const identities = 'identities' in placeholder ? placeholder.identities : [];
  const name = JSON.stringify(placeholder);
  const one = await upsert(app, { ...placeholder, identities: [...identities, external(`${name}-1`)] });
  const other = await upsert(app, { ...placeholder, identities: [...identities, external(`${name}-2`)] });

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
