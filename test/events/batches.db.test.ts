import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { upsertProducts } from '#catalog/service.ts';
import { importFile } from '#events/import/import-file.ts';
import { recordOrdersEach } from '#events/service.ts';
import { migrateDatabase } from '#platform/database/migrate.ts';
import { openPglite } from '#platform/database/pglite.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { execute, query } from '../support/query.ts';
import { makeProducts } from '../catalog/seed.ts';

const isServer = process.env['TEST_ENGINE'] === 'postgres';
const AT = '2026-01-01T12:00:00Z';

let app: TestApp;
let folder: string;
beforeAll(async () => {
  app = await openTestApp();
  folder = await mkdtemp(join(tmpdir(), 'c360-batches-'));
  await makeProducts(app, ['A', 'B']);
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

const RESULT = `index outcome errors { index field code message }`;
const MUTATIONS = {
  trackEvents: ['EventInput', 'events', 'event { id } customer { id }'],
  recordOrders: ['OrderInput', 'orders', 'order { number }'],
  upsertProducts: ['ProductInput', 'products', 'product { sku }'],
} as const;

/** Of three mutations, whose answers differ in what was written. */
interface Written {
  readonly __typename: string;
  readonly message?: string;
  readonly items?: readonly { readonly index: number; readonly field: string; readonly code: string }[];
  readonly results?: readonly {
    readonly index: number;
    readonly outcome: string | null;
    readonly errors: readonly {
      readonly index: number;
      readonly field: string;
      readonly code: string;
      readonly message: string;
    }[];
    readonly event?: { readonly id: string } | null;
  }[];
}

async function write(name: keyof typeof MUTATIONS, items: readonly object[], onError?: string) {
  const [type, field, more] = MUTATIONS[name];
  const payload = `${name[0]!.toUpperCase()}${name.slice(1)}Payload`;
  const data = await query<string>(
    app,
    `mutation ($items: [${type}!]!${onError === undefined ? '' : ', $onError: OnError!'}) {
      ${name}(input: { ${field}: $items${onError === undefined ? '' : ', onError: $onError'} }) { __typename
        ... on ${payload} { results { ${RESULT} ${more} } }
        ... on InvalidItemsError { message items { index field code } } } }`,
    { items, ...(onError === undefined ? {} : { onError }) },
  );
  return (data as Record<typeof name, Written>)[name];
}

async function countPeople(): Promise<number> {
  const [row] = await app.db.query<{ count: number }>(
    `select (select count(*) from customers) + (select count(*) from customer_identities)
      + (select count(*) from recompute_queue) as count`,
  );
  return row!.count;
}

const event = (customer: object, more: object = {}) => ({
  customer,
  kind: 'product_viewed',
  source: 'web',
  sku: 'A',
  occurredAt: new Date(AT),
  ...more,
});
let lastNumber = 0;
const order = (customer: object | null, more: object = {}, sku = 'A') => ({
  customer,
  source: 'shop',
  number: `batch-${(lastNumber += 1)}`,
  placedAt: new Date(AT),
  lines: [{ sku, quantity: 1, unitPrice: '2.50' }],
  ...more,
});

test.each([
  ['trackEvents', 'an unknown product', event({ email: 'x@b.test' }, { sku: 'GONE' }), 'UNKNOWN_PRODUCT'],
  ['trackEvents', 'a bad kind', event({ email: 'x@b.test' }, { kind: 'Not Snake' }), 'INVALID_VALUE'],
  ['trackEvents', 'half an e-mail', event({ email: 'nobody' }), 'INVALID_VALUE'],
  ['trackEvents', 'a bad id', event({ id: 'nonsense' }), 'INVALID_VALUE'],
  [
    'trackEvents',
    'an unknown person',
    event({ id: '0198d8a0-0000-7000-8000-000000000000' }),
    'UNKNOWN_CUSTOMER',
  ],
  ['recordOrders', 'an unknown product', order({ phone: '+44 20 7946 0001' }, {}, 'GONE'), 'UNKNOWN_PRODUCT'],
  ['recordOrders', 'a blank number', order({ email: 'x@b.test' }, { number: ' ' }), 'INVALID_VALUE'],
  ['recordOrders', 'no lines', order({ email: 'x@b.test' }, { lines: [] }), 'INVALID_VALUE'],
  ['recordOrders', 'half a phone', order({ phone: '12' }), 'INVALID_VALUE'],
] as const)('%s refused for %s leaves nobody behind', async (name, _, bad, code) => {
  const good = name === 'trackEvents' ? event : order;
  const before = await countPeople();

  const answer = await write(name, [
    good({ email: 'refused@b.test' }),
    bad,
    good({ anonymousId: 'refused' }),
  ]);

  expect(answer).toMatchObject({ __typename: 'InvalidItemsError', items: [{ index: 1, code }] });
  expect(await countPeople()).toBe(before);
});

test('SKIP takes in what can be used and says of each item what became of it', async () => {
  const before = await countPeople();
  const events = await write(
    'trackEvents',
    [
      event({ email: 'skip-1@b.test' }),
      event({ email: 'skip-2@b.test' }, { sku: 'GONE' }),
      event({ email: 'skip-1@b.test' }),
      event({ id: 'nonsense' }),
      event({ anonymousId: 'skip-3' }, { kind: 'Not Snake', sku: 'GONE' }),
    ],
    'SKIP',
  );

  expect(events.results).toMatchObject([
    { index: 0, outcome: 'CREATED', errors: [], event: { id: expect.any(String) } },
    {
      index: 1,
      outcome: 'SKIPPED',
      errors: [{ index: 1, field: 'product', code: 'UNKNOWN_PRODUCT', message: 'there is no product GONE' }],
      event: null,
      customer: null,
    },
    { index: 2, outcome: 'UNCHANGED', errors: [] },
    { index: 3, outcome: 'SKIPPED', errors: [{ index: 3, field: 'customer.id', code: 'INVALID_VALUE' }] },
    { index: 4, outcome: 'SKIPPED', errors: [{ index: 4, field: 'kind' }] },
  ]);
  // One person: a row, an identity, and the mark of a change.
  expect(await countPeople()).toBe(before + 3);
});

test('SKIP takes in the good orders and products of a list', async () => {
  const good = order({ email: 'skip-order@b.test' });
  const orders = await write(
    'recordOrders',
    [
      order({ email: 'skip-ghost@b.test' }, {}, 'GONE'),
      good,
      order(null, { placedAt: new Date('0001-01-01') }),
    ],
    'SKIP',
  );
  const products = await write(
    'upsertProducts',
    [{ sku: 'A', price: '-1' }, { sku: 'SKIP-NEW' }, { sku: ' ' }],
    'SKIP',
  );
  const none = await write('recordOrders', [order(null, {}, 'GONE')], 'SKIP');

  expect(orders.results).toMatchObject([
    { outcome: 'SKIPPED', errors: [{ field: 'lines.0', code: 'UNKNOWN_PRODUCT' }], order: null },
    { outcome: 'CREATED', errors: [], order: { number: good.number } },
    { outcome: 'SKIPPED', errors: [{ field: 'placedAt' }], order: null },
  ]);
  expect(products.results).toMatchObject([
    { outcome: 'SKIPPED', errors: [{ field: 'price' }], product: null },
    { outcome: 'CREATED', product: { sku: 'SKIP-NEW' } },
    { outcome: 'SKIPPED', errors: [{ field: 'sku' }], product: null },
  ]);
  expect(none.results).toMatchObject([{ index: 0, outcome: 'SKIPPED' }]);
  const ghosts = await execute(app, `{ customer(by: { email: "skip-ghost@b.test" }) { id } }`);
  expect(ghosts.data).toEqual({ customer: null });
});

test('makes a thousand people of a list in as many statements as one', async () => {
  const record = async (count: number, prefix: string) => {
    app.resetStatements();
    const events = Array.from({ length: count }, (_, index) => event({ anonymousId: `${prefix}-${index}` }));
    const { results } = await write('trackEvents', events);
    expect(results).toHaveLength(count);
    return app.statements.length;
  };
  await record(1, 'first');

  expect(await record(1, 'one')).toBe(await record(1000, 'many'));
});

test('writers of one list of people in opposite orders, an import and a catalogue all get through', async () => {
  const emails = Array.from({ length: 40 }, (_, index) => `crowd-${index}@b.test`);
  const file = join(folder, 'orders.csv');
  const rows = emails.map((_, index) => `I${index},A,1,2.50,${AT},crowd-${index}`);
  await writeFile(file, ['order_number,sku,quantity,unit_price,placed_at,customer_id', ...rows].join('\n'));
  const lists = Array.from({ length: 8 }, (_, list) => {
    const ordered = list % 2 === 0 ? emails : emails.toReversed();
    return ordered.map((email) => ({
      ...order({ email }, { number: `${list}-${email}` }),
      customerId: null,
    }));
  });

  const [summary, ...results] = await Promise.all([
    importFile(app, { file, format: 'orders', source: 'crowd' }),
    ...lists.map((orders) => recordOrdersEach(app, orders)),
    ...[1, 2, 3, 4].map((n) =>
      upsertProducts(app, [
        { sku: n % 2 === 0 ? 'A' : 'B', stock: n },
        { sku: n % 2 === 0 ? 'B' : 'A', stock: n },
      ]),
    ),
  ]);

  expect(summary).toMatchObject({ imported: 40, rejected: 0 });
  expect(results.slice(0, 8).flat()).toHaveLength(320);
  const [row] = await app.db.query<{ people: number; orders: number }>(
    `select count(distinct customer_id) as people, count(*) as orders from orders
    where source = 'shop' and number like '%-crowd-%'`,
  );
  expect(row).toEqual({ people: 40, orders: 320 });
});

test.each([
  ['events.copyOrders', 'between people and orders'],
  ['events.returnedLines', 'with everything written but the commit'],
])('orders killed at %s leave nobody behind (%s)', { timeout: 120_000 }, async (statement) => {
  const opened = isServer ? await openTestApp() : null;
  const place = opened === null ? await mkdtemp(join(folder, 'data-')) : opened.config.databaseUrl!;
  const open = async () => opened?.db ?? (await openPglite({ folder: place }));
  const first = await open();
  if (opened === null) await migrateDatabase(first);
  await upsertProducts({ ...app, db: first }, [{ sku: 'A', price: '2.50' }]);
  if (opened === null) await (first as Awaited<ReturnType<typeof openPglite>>).close();

  const worker = fileURLToPath(new URL('killed-orders.ts', import.meta.url));
  const messages: unknown[] = [];
  const child = fork(worker, [isServer ? 'postgres' : 'pglite', place, statement], { execArgv: [] });
  child.on('message', (message) => messages.push(message));
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];

  expect({ signal, messages }).toEqual({ signal: 'SIGKILL', messages: [] });
  const db = await open();
  const rows =
    await db.query(`select 'person' from customers union all select 'identity' from customer_identities
    union all select 'order' from orders union all select 'event' from events`);
  expect([...rows]).toEqual([]);
  await (opened === null ? (db as Awaited<ReturnType<typeof openPglite>>).close() : opened.close());
});
