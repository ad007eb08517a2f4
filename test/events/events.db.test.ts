import type { EventInput } from '#events/event-input.ts';
import { ensureEventPartitions } from '#events/partitions.ts';
import { recordEvents } from '#events/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { query } from '../support/query.ts';
import type { Inputs } from '../support/schema-types.d.ts';
import { day } from './seed.ts';
import { makeCustomers } from '../customers/seed.ts';
import { makeProducts } from '../catalog/seed.ts';

let app: TestApp;
let customers: string[];
beforeAll(async () => {
  app = await openTestApp();
  customers = await makeCustomers(app, 20);
  await makeProducts(app, ['A']);
});
afterAll(() => app.close());

const view = (customerId: string, on: string, more: Partial<EventInput> = {}): EventInput => ({
  customerId,
  kind: 'product_viewed',
  source: 'test',
  occurredAt: day(on),
  sku: 'A',
  ...more,
});

const TRACK = `mutation ($events: [EventInput!]!) { trackEvents(input: { events: $events }) { __typename
  ... on TrackEventsPayload { results { outcome event { id kind product { sku } properties } customer { id } } }
  ... on InvalidItemsError { items { index field } } } }`;

test('tracks events of people known and unknown, and changes nothing when they come again', async () => {
  const events: Inputs['EventInput'][] = [
    {
      customer: { anonymousId: 'browser-1' },
      kind: 'product_viewed',
      source: 'web',
      sku: 'A',
      occurredAt: day('2026-01-01'),
    },
    {
      customer: { anonymousId: 'browser-1' },
      kind: 'search',
      source: 'web',
      sourceId: 's1',
      occurredAt: day('2026-01-02'),
      properties: { query: 'gift for ann@example.com' },
    },
  ];
  const first = await query(app, TRACK, { events });
  const second = await query(app, TRACK, { events });

  const results = first.trackEvents!.results;
  expect(results).toMatchObject([
    { outcome: 'CREATED', event: { kind: 'product_viewed', product: { sku: 'A' }, properties: {} } },
    {
      outcome: 'CREATED',
      event: { kind: 'search', product: null, properties: { query: 'gift for [e-mail]' } },
    },
  ]);
  expect(results![0]!.customer!.id).toBe(results![1]!.customer!.id);
  expect(second.trackEvents!.results).toEqual(
    results!.map((result: object) => ({ ...result, outcome: 'UNCHANGED' })),
  );
  const data = await query(
    app,
    `query ($id: ID!) { node(id: $id) { ... on Event { kind } }
      customer(by: { anonymousId: "browser-1" }) { firstSeenAt lastSeenAt events { totalCount nodes { kind } } } }`,
    { id: results![1]!.event!.id },
  );
  expect(data).toEqual({
    node: { kind: 'search' },
    customer: {
      firstSeenAt: day('2026-01-01').toISOString(),
      lastSeenAt: day('2026-01-02').toISOString(),
      events: { totalCount: 2, nodes: [{ kind: 'search' }, { kind: 'product_viewed' }] },
    },
  });
});

test('names the items that cannot be used, with their place', async () => {
  const good = {
    customer: { id: customers[0]! },
    kind: 'search',
    source: 'web',
    occurredAt: day('2026-01-01'),
  };
  const itemsOf = async (events: readonly Inputs['EventInput'][]) =>
    (await query(app, TRACK, { events })).trackEvents!.items;

  expect(await itemsOf([good, { ...good, kind: 'Not a kind' }, { ...good, kind: 'order_placed' }])).toEqual([
    { index: 1, field: 'kind' },
    { index: 2, field: 'kind' },
  ]);
  expect(await itemsOf([good, { ...good, sku: "'; drop table events" }])).toEqual([
    { index: 1, field: 'product' },
  ]);
  expect(await itemsOf([good, { ...good, customer: { email: 'half@' } }])).toEqual([
    { index: 1, field: 'customer' },
  ]);
  expect(await itemsOf([{ ...good, customer: { id: 'nonsense' } }])).toEqual([
    { index: 0, field: 'customer.id' },
  ]);
  expect(await itemsOf([{ ...good, properties: { note: 'a\ud83d' } }])).toEqual([
    { index: 0, field: 'properties' },
  ]);
  const data = await query(app, 'query ($id: ID!) { customer(by: { id: $id }) { events { totalCount } } }', {
    id: customers[0]!,
  });
  expect(data.customer!.events!.totalCount).toBe(0);
});

test('makes the partitions of years that come up, also when two ask at once', async () => {
  const other = { ...app, onClose: [] };
  await Promise.all([
    ensureEventPartitions(app, [Date.UTC(2031, 0, 1)]),
    ensureEventPartitions(other, [Date.UTC(2031, 11, 31), Date.UTC(2032, 0, 1)]),
  ]);

  app.setNow(new Date('2034-01-01T00:00:00Z'));
  await recordEvents(app, [
    view(customers[1]!, '2031-12-31'),
    view(customers[1]!, '2032-01-01'),
    view(customers[1]!, '2033-06-01'),
  ]);
  app.setNow(null);
  const rows = await app.db.query<{ name: string }>(
    `select tableoid::regclass::text as name from events where customer_id = $1 order by occurred_at`,
    [customers[1]],
  );
  expect(rows.map(({ name }) => name)).toEqual(['events_2031', 'events_2032', 'events_2033']);
});

test('pages a timeline of some kinds, over events that are added meanwhile', async () => {
  const customerId = customers[2]!;
  await recordEvents(app, [
    ...['2026-01-01', '2026-01-03', '2026-01-05'].map((on) => view(customerId, on)),
    view(customerId, '2026-01-04', { kind: 'search' }),
  ]);
  const read = async (args: string) => {
    const data = await query(
      app,
      `query ($id: ID!) { customer(by: { id: $id }) { events(kinds: ["product_viewed"], ${args}) {
        totalCount nodes { occurredAt } pageInfo { hasNextPage endCursor } } } }`,
      { id: customerId },
    );
    const { nodes, ...rest } = data.customer!.events!;
    return {
      days: nodes.map(({ occurredAt }) => new Date(occurredAt).getUTCDate()),
      ...rest,
    };
  };

  const first = await read('first: 2');
  await recordEvents(app, [view(customerId, '2026-01-06'), view(customerId, '2026-01-02')]);
  const second = await read(`first: 5, after: "${first.pageInfo.endCursor}"`);

  expect(first).toMatchObject({ days: [5, 3], totalCount: 3, pageInfo: { hasNextPage: true } });
  expect(second).toMatchObject({ days: [2, 1], totalCount: 5, pageInfo: { hasNextPage: false } });
});

test('writes a thousand events in as many statements as one', async () => {
  const write = async (count: number, on: string) => {
    app.resetStatements();
    await recordEvents(
      app,
      Array.from({ length: count }, (_, index) =>
        view(customers[3 + (index % 10)]!, on, { sourceId: `${on} ${index}` }),
      ),
    );
    return app.statements.length;
  };
  await write(1, '2026-02-01');

  expect(await write(1, '2026-02-02')).toBe(await write(1000, '2026-02-03'));
});
