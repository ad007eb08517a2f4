import { setTimeout } from 'node:timers/promises';

import { personTables } from '#customers/identity/merge.ts';
import { mergeCustomers, upsertCustomers } from '#customers/service.ts';
import { cancelOrder } from '#events/orders/cancellation.ts';
import { recordEvents, recordOrders } from '#events/service.ts';
import { featurePersonTables } from '#main/person-tables.ts';
import type { Database } from '#platform/database/database.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { query } from '../support/query.ts';
import { makeProducts } from '../catalog/seed.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  personTables(app).push(...featurePersonTables);
  await makeProducts(app, ['A']);
});
afterAll(() => app.close());

async function makeCustomer(id: string, more: object = {}): Promise<string> {
  const identities = [{ kind: 'external', source: 'crm', value: id } as const];
  const [made] = await upsertCustomers(app, [{ identities, ...more }]);
  return made!.customerId;
}

function order(customerId: string | null, number: string, lineCount = 1) {
  const line = { sku: 'A', quantity: 1, unitPrice: '2.50' };
  const lines = Array.from({ length: lineCount }, (_, index) => ({ ...line, quantity: index + 1 }));
  return { customerId, source: 'shop', number, placedAt: new Date('2026-01-01'), lines };
}

function event(customerId: string, sourceId: string) {
  const occurredAt = new Date('2026-01-02');
  return { customerId, kind: 'product_viewed', source: 'web', sourceId, sku: 'A', occurredAt };
}

interface Node {
  readonly id: string;
  readonly number: string;
  readonly kind: string;
  readonly updatedAt: string;
  readonly customer: { readonly id: string } | null;
  readonly identities: readonly { readonly value: string }[];
}

interface Page {
  readonly nodes: readonly Node[];
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

/** Lists by their names or aliases. */
type Told = Readonly<
  Record<'customers' | 'orders' | 'events' | 'newest' | 'oldest' | 'ruled' | 'none', Page>
> &
  Readonly<Record<'later' | 'all', Page>> & { readonly settledAt: string; readonly customer: Node };

async function read(text: string): Promise<Told> {
  return (await query<string>(app, text)) as Told;
}

/** Every page of a list, oldest change first. */
async function readAll(field: 'customers' | 'orders' | 'events', fields: string, first = 2, since?: string) {
  const nodes: Node[] = [];
  for (let after: string | null = null; ;) {
    const args = `sort: UPDATED_AT_ASC, first: ${first}${since === undefined ? '' : `, updatedSince: "${since}"`}`;
    const page: Told = await read(`{ ${field}(${args}${after === null ? '' : `, after: "${after}"`}) {
      nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`);
    nodes.push(...page[field].nodes);
    if (!page[field].pageInfo.hasNextPage) return nodes;
    after = page[field].pageInfo.endCursor;
  }
}

test('lists the orders and events of everybody, page by page, each once, guests included', async () => {
  const [one, other] = [await makeCustomer('list-1'), await makeCustomer('list-2')];
  await recordOrders(app, [order(one, 'list-1'), order(other, 'list-2'), order(null, 'list-guest')]);
  await recordEvents(app, [event(one, 'list-1'), event(other, 'list-2'), event(one, 'list-3')]);

  const orders = await readAll('orders', 'number updatedAt customer { id }');
  const events = await readAll('events', 'id kind updatedAt customer { id }');

  expect(new Set(orders.map(({ number }) => number))).toEqual(new Set(['list-1', 'list-2', 'list-guest']));
  expect(orders).toHaveLength(3);
  expect(orders.filter(({ customer }) => customer === null)).toHaveLength(1);
  // Three that were viewed, and the two entries of orders on a timeline.
  expect(new Set(events.map(({ id }) => id)).size).toBe(5);
  expect(events).toHaveLength(5);
});

test('counts and filters by kind, and reads backward', async () => {
  const data = await read(`{ orders(kinds: [SALE], first: 1) { totalCount nodes { number } }
    none: orders(kinds: [RETURN]) { totalCount } events(kinds: ["product_viewed"], last: 1) { totalCount nodes { kind } } }`);

  expect(data).toMatchObject({
    orders: { totalCount: 3, nodes: [{}] },
    none: { totalCount: 0 },
    events: { totalCount: 3, nodes: [{ kind: 'product_viewed' }] },
  });
});

test('gives what changed since an instant: new, corrected, cancelled and moved rows, and nothing else', async () => {
  const [keep, drop, still] = [
    await makeCustomer('since-keep'),
    await makeCustomer('since-drop'),
    await makeCustomer('since-still'),
  ];
  await recordOrders(app, [
    order(still, 'still'),
    order(keep, 'more'),
    order(keep, 'gone'),
    order(drop, 'moved'),
  ]);
  await recordEvents(app, [event(still, 'still'), event(drop, 'moved')]);
  await setTimeout(5);
  const since = new Date().toISOString();
  await setTimeout(5);

  await recordOrders(app, [order(keep, 'more', 2), order(still, 'still')]);
  await cancelOrder(app, { customer: { id: keep }, source: 'shop', number: 'gone' }, new Date());
  await mergeCustomers(app, keep, drop);
  await upsertCustomers(app, [{ identities: [{ kind: 'external', source: 'crm', value: 'since-still' }] }]);

  const orders = await readAll('orders', 'number', 10, since);
  const events = await readAll('events', 'kind customer { id }', 10, since);
  const customers = await readAll('customers', 'identities { value }', 10, since);
  expect(orders.map(({ number }) => number)).toEqual(expect.arrayContaining(['more', 'gone', 'moved']));
  expect(orders.map(({ number }) => number)).not.toContain('still');
  expect(events.map(({ kind }) => kind)).toContain('product_viewed');
  expect(customers).toHaveLength(1);
  expect(customers[0]!.identities.map(({ value }) => value)).toContain('since-keep');
});

test('tells of every change of a customer by updatedAt, and of none that changes nothing', async () => {
  await makeCustomer('stamp', { email: 'stamp@example.com' });
  const readStamp = async (): Promise<string> =>
    (await read(`{ customer(by: { externalId: { source: "crm", id: "stamp" } }) { updatedAt } }`)).customer
      .updatedAt;
  const changes: object[] = [
    { country: 'FR' },
    { attributes: { tier: 'gold' } },
    { name: 'Ann Lee' },
    { phone: '+442079460018' },
    { identities: [{ kind: 'anonymous', value: 'stamp-browser' }] },
    {
      consents: [
        {
          channel: 'email',
          purpose: 'marketing',
          status: 'granted',
          source: 'web',
          recordedAt: new Date('2026-01-01'),
        },
      ],
    },
  ];
  const stamps = [await readStamp()];
  for (const change of changes) {
    await setTimeout(2);
    const identities = [{ kind: 'external', source: 'crm', value: 'stamp' } as const];
    const own = (change as { identities?: (typeof identities)[number][] }).identities ?? [];
    await upsertCustomers(app, [{ ...change, identities: [...identities, ...own] }]);
    stamps.push(await readStamp());
    await upsertCustomers(app, [{ ...change, identities: [...identities, ...own] }]);
    expect(await readStamp()).toBe(stamps.at(-1));
  }

  expect(new Set(stamps).size).toBe(changes.length + 1);
  expect(stamps).toEqual(stamps.toSorted());
});

test('sorts and filters customers by the time of their last change, and a rule names it', async () => {
  const data = await read(`{ newest: customers(sort: UPDATED_AT_DESC, first: 100) { nodes { updatedAt } }
    oldest: customers(sort: UPDATED_AT_ASC, first: 100) { nodes { updatedAt } }
    ruled: customers(filter: "updated_date >= 2020-01-01") { totalCount }
    none: customers(filter: "updated_date < 2020-01-01") { totalCount }
    later: customers(updatedSince: "2999-01-01T00:00:00Z") { totalCount } all: customers { totalCount } }`);

  const times = data.newest.nodes.map(({ updatedAt }) => updatedAt);
  expect(times).toEqual(times.toSorted().toReversed());
  expect(data.oldest.nodes.map(({ updatedAt }) => updatedAt)).toEqual(times.toReversed());
  expect(data.ruled.totalCount).toBe(data.all.totalCount);
  expect([data.none.totalCount, data.later.totalCount]).toEqual([0, 0]);
});

test('needs as many statements for a page of many as for a page of few', async () => {
  const countFor = async (first: number) => {
    app.resetStatements();
    await read(`{ orders(first: ${first}) { nodes { number customer { country } lines { quantity product { sku } } } }
      events(first: ${first}) { nodes { kind customer { country } product { sku } } } settledAt }`);
    return app.statements.length;
  };
  await countFor(2);

  expect(await countFor(50)).toBeLessThanOrEqual(await countFor(2));
});

test.skipIf(process.env['TEST_ENGINE'] !== 'postgres')(
  'a read-out from settledAt gets what a transaction wrote before and committed after a later one',
  async () => {
    const slow = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const identity = (value: string) => [{ kind: 'external', source: 'crm', value } as const];
    const late = app.db.transaction(async (tx: Database) => {
      await upsertCustomers(app, [{ identities: identity('late') }], { tx });
      written.resolve();
      await slow.promise;
    });
    await written.promise;
    // Longer than the allowance for clocks, so that only the transaction itself can hold the time back.
    await setTimeout(6000);
    await makeCustomer('early');

    const textOf = (since?: string) => `{ settledAt
      customers(sort: UPDATED_AT_DESC, first: 100${since === undefined ? '' : `, updatedSince: "${since}"`}) {
        nodes { identities { value } } } }`;
    const first = await read(textOf());
    slow.resolve();
    await late;
    const second = await read(textOf(first.settledAt));
    const third = await read(textOf(second.settledAt));

    const values = (data: Told) =>
      data.customers.nodes.flatMap(({ identities }) => identities.map(({ value }) => value));
    expect(values(first)).toContain('early');
    expect(values(first)).not.toContain('late');
    expect(values(second)).toContain('late');
    // Once it is committed the time moves on.
    expect(new Date(third.settledAt).getTime()).toBeGreaterThan(new Date(first.settledAt).getTime());
  },
);
