import { setTimeout } from 'node:timers/promises';

import { findCustomerId } from '#customers/identity/lookup.ts';
import { personTables } from '#customers/identity/merge.ts';
import { type CustomerInput, mergeCustomers, upsertCustomers } from '#customers/service.ts';
import { recordEvents } from '#events/service.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { featurePersonTables } from '../../../src/main/person-tables.ts';
import { openTestApp, type TestApp } from '../../support/app.ts';
import { execute, query } from '../../support/query.ts';
import { globalId } from '../../support/global-ids.ts';
import { day, insertOrders } from '../../events/seed.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  personTables(app).push(...featurePersonTables);
});
afterAll(() => app.close());

async function create(name: string, more: Partial<CustomerInput> = {}): Promise<string> {
  const [outcome] = await upsertCustomers(app, [
    { identities: [{ kind: 'external', source: 'crm', value: name }], ...more },
  ]);
  return outcome!.customerId;
}

async function addOrder(customerId: string, number: string): Promise<void> {
  await insertOrders(app.db, [{ customerId, number, kind: 'sale', placedAt: day('2026-01-01'), lines: [] }]);
}

test('an input whose identities belong to two people makes them one, the older stays and all follows', async () => {
  const youngId = await create('young', {
    email: 'young@example.com',
    name: 'Y. Oung',
    country: 'FR',
    attributes: { size: 'S', colour: 'red' },
    createdAt: new Date('2025-01-01'),
  });
  const oldId = await create('old', {
    phone: '+44 20 7946 0018',
    name: 'Olga Old',
    attributes: { size: 'L' },
    createdAt: new Date('2020-01-01'),
  });
  await addOrder(oldId, '1');
  await addOrder(youngId, '1');
  await addOrder(youngId, '2');

  const [outcome] = await upsertCustomers(
    app,
    [{ identities: [], email: 'young@example.com', phone: '+44 20 7946 0018' }],
    { onConflict: 'merge' },
  );

  expect(outcome).toMatchObject({ customerId: oldId, outcome: 'merged' });
  const answer = await execute(
    app,
    `query ($id: ID!) {
      customer(by: { id: $id }) { displayName email phone country attributes createdAt identities { kind } }
    }`,
    { id: oldId },
  );
  expect(answer.data?.customer).toMatchObject({
    displayName: 'Olga Old',
    email: 'young@example.com',
    phone: '+442079460018',
    country: 'FR',
    attributes: { size: 'L', colour: 'red' },
    createdAt: '2020-01-01T00:00:00.000Z',
  });
  expect(answer.data!.customer!.identities).toHaveLength(4);
  const rows = await app.db.query('select customer_id, number from orders order by number');
  expect([...rows]).toEqual([
    { customer_id: oldId, number: '1' },
    { customer_id: oldId, number: '2' },
  ]);
});

test('the timeline of both becomes one, and what stops messages to either stops them', async () => {
  const [keepId, dropId] = [await create('f1'), await create('f2')] as const;
  const event = (customerId: string, day: string) => ({
    customerId,
    kind: 'page_viewed',
    source: 'web',
    sourceId: day,
    occurredAt: new Date(day),
  });
  await recordEvents(app, [
    event(keepId, '2026-01-01'),
    event(dropId, '2026-01-01'),
    event(dropId, '2024-02-02'),
  ]);
  const suppress = `insert into suppressions (customer_id, channel, reason, created_at) values ($1, $2, 'bounced', now())`;
  await app.db.query(suppress, [keepId, 'email']);
  await app.db.query(suppress, [dropId, 'email']);
  await app.db.query(suppress, [dropId, 'sms']);

  await mergeCustomers(app, keepId, dropId);

  const timeline = await app.db.query(
    `select customer_id, occurred_at from events where customer_id = any($1::uuid[]) order by occurred_at`,
    [[keepId, dropId]],
  );
  expect([...timeline]).toEqual([
    { customer_id: keepId, occurred_at: new Date('2024-02-02') },
    { customer_id: keepId, occurred_at: new Date('2026-01-01') },
  ]);
  const stops = await app.db.query('select customer_id, channel from suppressions order by channel');
  expect([...stops]).toEqual([
    { customer_id: keepId, channel: 'email' },
    { customer_id: keepId, channel: 'sms' },
  ]);
});

test('the ids of people merged away find the person they became, through any number of merges', async () => {
  const [first, second, third] = [await create('m1'), await create('m2'), await create('m3')] as const;

  await mergeCustomers(app, second, first);
  await mergeCustomers(app, third, second);

  expect(await findCustomerId(app, { id: first })).toBe(third);
  const answer = await execute(
    app,
    `query ($id: ID!) { node(id: $id) { id } customer(by: { id: $id }) { id identities { value } } }`,
    { id: globalId('Customer', first) },
  );
  const thirdGlobalId = globalId('Customer', third);
  expect(answer).toMatchObject({ data: { node: { id: thirdGlobalId }, customer: { id: thirdGlobalId } } });
  expect(answer.data!.customer!.identities).toHaveLength(3);
});

test('joins consents by what was said last, and keeps the history of both', async () => {
  const consent = (status: 'granted' | 'denied', day: string) => ({
    consents: [{ channel: 'email', purpose: 'marketing', status, source: 'web', recordedAt: new Date(day) }],
  });
  const keepId = await create('c1', consent('granted', '2025-01-01'));
  const dropId = await create('c2', consent('denied', '2025-06-01'));

  await mergeCustomers(app, keepId, dropId);

  const data = await query(
    app,
    `query ($id: ID!) { customer(by: { id: $id }) { consents { status history { status } } } }`,
    { id: keepId },
  );
  expect(data.customer!.consents).toEqual([
    { status: 'DENIED', history: [{ status: 'DENIED' }, { status: 'GRANTED' }] },
  ]);
});

test('leaves nothing of a person merged away but a trace without facts', async () => {
  const keepId = await create('t1');
  const dropId = await create('t2', { name: 'Tess', email: 'tess@example.com', country: 'GB' });

  await mergeCustomers(app, keepId, dropId);

  const [trace] = await app.db.query(
    'select country, attributes, merged_into_id from customers where id = $1',
    [dropId],
  );
  expect(trace).toEqual({ country: null, attributes: {}, merged_into_id: keepId });
  const left = await app.db.query(
    `select customer_id from customer_identities where customer_id = $1
    union all select customer_id from customer_contacts where customer_id = $1
    union all select customer_id from customer_search where customer_id = $1
    union all select customer_id from recompute_queue where customer_id = $1`,
    [dropId],
  );
  expect([...left]).toEqual([]);
});

test('a writer who waited for a merge writes to the person who stayed', async () => {
  const [keepId, dropId] = [await create('p1'), await create('p2')] as const;

  let waiting: ReturnType<typeof upsertCustomers> | undefined;
  await app.db.transaction(async (tx) => {
    await mergeCustomers(app, keepId, dropId, { tx });
    waiting = upsertCustomers(app, [
      {
        identities: [
          { kind: 'external', source: 'crm', value: 'p2' },
          { kind: 'external', source: 'shop', value: 'p2-more' },
        ],
        country: 'NL',
      },
    ]);
    await setTimeout(50);
  });

  expect(await waiting).toMatchObject([{ customerId: keepId, outcome: 'updated' }]);
  expect(await findCustomerId(app, { externalId: { source: 'shop', id: 'p2-more' } })).toBe(keepId);
});

test('needs as many statements to merge 20 pairs as to merge one', async () => {
  const countStatements = async (prefix: string, count: number) => {
    const identity = (value: string) =>
      ({ kind: 'external', source: 'crm', value: `${prefix}${value}` }) as const;
    const numbers = Array.from({ length: count }, (_, n) => n);
    await upsertCustomers(
      app,
      numbers.flatMap((n) => [{ identities: [identity(`a${n}`)] }, { identities: [identity(`b${n}`)] }]),
    );
    app.resetStatements();
    const outcomes = await upsertCustomers(
      app,
      numbers.map((n) => ({ identities: [identity(`a${n}`), identity(`b${n}`)] })),
      { onConflict: 'merge' },
    );
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['merged']));
    return app.statements.length;
  };

  expect(await countStatements('few', 1)).toBe(await countStatements('many', 20));
});

test('answers named errors for a merge of one person with themselves or with nobody', async () => {
  const id = await create('e1');
  const merge = async (keep: string, drop: string): Promise<unknown> => {
    const data = await query(
      app,
      `mutation ($input: MergeCustomersInput!) { mergeCustomers(input: $input) { type: __typename } }`,
      { input: { keep: { id: keep }, drop: { id: drop } } },
    );
    return data.mergeCustomers!.type;
  };

  expect(await merge(id, id)).toBe('InvalidInputError');
  expect(await merge(id, createId())).toBe('NotFoundError');
  expect(await merge(id, 'nonsense')).toBe('InvalidInputError');
});

test.runIf(process.env['TEST_ENGINE'] === 'postgres')(
  'a writer that the server sends back for a deadlock begins again',
  async () => {
    const [first, second] = [await create('d1'), await create('d2')].toSorted() as [string, string];
    const lock = (tx: Database, id: string) =>
      tx.query('select 1 from customers where id = $1 for update', [id]);

    let merging: Promise<void> | undefined;
    await app.db.transaction(async (tx) => {
      // So that the server sends the other one back.
      await tx.query(`set local deadlock_timeout = '20s'`);
      await lock(tx, second);
      merging = mergeCustomers(app, first, second);
      await setTimeout(200);
      await lock(tx, first);
    });
    await merging;

    expect(await findCustomerId(app, { id: second })).toBe(first);
  },
);
