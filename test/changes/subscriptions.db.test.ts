import { setTimeout as wait } from 'node:timers/promises';

import { recordChanges } from '#changes/record.ts';
import { subscribeToChanges } from '#changes/subscribe.ts';
import { setCustomerAttributes, upsertCustomers } from '#customers/service.ts';
import { revokeApiKey } from '#platform/auth/api-keys.ts';
import type { App } from '#platform/app.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { createId } from '#platform/ids.ts';
import { createSegment } from '#segments/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { CloseCode, createClient } from 'graphql-ws';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import { createContext } from '../support/app.ts';
import { type Body, startTestServer, type TestServer } from '../support/server.ts';
import type { Data } from '../support/typed-text.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ env: { SLOW_READER_MS: '400', CALLER_SUBSCRIPTIONS: '3' } });
});
const leaves: (() => unknown)[] = [];
afterEach(async () => {
  for (const leave of leaves.splice(0)) await leave();
  // The limit counts those that the server has not noticed to be gone.
  await wait(50);
});
afterAll(() => server.close());

/** Of one of the three subscriptions below. */
type Told = Data<typeof CHANGES> & Data<typeof OF_CUSTOMERS> & Data<typeof OF_SEGMENTS>;
type Event = Partial<Pick<Body<Told>, 'data'>> & { readonly errors?: readonly unknown[] };

interface Subscriber {
  readonly events: Event[];
  /** Resolves with the reason why there are no more. */
  readonly ended: Promise<string>;
}

type Subscribe = (query: string, variables?: object, key?: string) => Promise<Subscriber>;

/** An entry waits for older transactions of the whole server, and comes to whoever subscribes meanwhile. */
async function listEverything(): Promise<void> {
  await vi.waitFor(
    async () => {
      const waiting = await server.app.db.query(
        'select 1 from change_log where transaction_id >= pg_snapshot_xmin(pg_current_snapshot()) limit 1',
      );
      expect(waiting).toEqual([]);
    },
    { timeout: 10_000 },
  );
}

/** By server-sent events, in distinct connections. Resolves once the server listens. */
async function overEvents(query: string, variables: object = {}, key = server.key): Promise<Subscriber> {
  await listEverything();
  const leaving = new AbortController();
  leaves.push(() => leaving.abort());
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    body: JSON.stringify({ query, variables }),
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${key}`,
    },
    signal: leaving.signal,
  });
  const events: Event[] = [];
  async function read(): Promise<string> {
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const [first = '', second = ''] = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        if (first === 'event: next') events.push(JSON.parse(second.slice('data: '.length)) as Event);
        if (first === 'event: complete') return 'complete';
      }
    }
    return 'closed';
  }
  return { events, ended: read().catch((error: Error) => error.message) };
}

/** By graphql-transport-ws. */
async function overWebSocket(query: string, variables: object = {}, key = server.key): Promise<Subscriber> {
  await listEverything();
  const ended = Promise.withResolvers<string>();
  const connected = Promise.withResolvers<void>();
  const client = createClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
    on: { connected: () => connected.resolve() },
  });
  leaves.push(() => client.dispose());
  const events: Event[] = [];
  const end = (reason: unknown): void => {
    connected.resolve();
    if (Array.isArray(reason)) events.push({ errors: reason });
    const { code } = (reason ?? {}) as { readonly code?: number };
    ended.resolve(code === undefined ? String(reason) : String(code));
  };
  client.subscribe(
    { query, variables: { ...variables } },
    {
      next: (event) => events.push(event as Event),
      error: end,
      complete: () => end('complete'),
    },
  );
  await connected.promise;
  // There is no message that says that a subscription listens.
  await wait(100);
  return { events, ended: ended.promise };
}

const addCustomer = async (fields: object = {}): Promise<string> => {
  const value = `C-${createId()}`;
  const [made] = await upsertCustomers(server.app, [
    { identities: [{ kind: 'external', source: 'crm', value }], ...fields },
  ]);
  return made!.customerId;
};

const globalId = (id: string) => btoa(`Customer:${id}`);
const CHANGES = 'subscription ($after: String) { changes(after: $after) { cursor kind customerId } }';
const OF_CUSTOMERS =
  'subscription ($customer: ID) { customerChanged(customer: $customer) { kind facts customer { email attributes } } }';
const OF_SEGMENTS = `subscription ($segment: SegmentBy) {
  segmentMembershipChanged(segment: $segment) { kind segment { key size } customerId } }`;

describe.each<[string, Subscribe]>([
  ['server-sent events', overEvents],
  ['WebSocket', overWebSocket],
])('over %s', (_name, subscribe) => {
  test('changes come as they are written, in order', async () => {
    const { events } = await subscribe(CHANGES);
    const ids = [await addCustomer(), await addCustomer()];

    await vi.waitFor(() => expect(events).toHaveLength(2), { timeout: 10_000 });

    expect(events.map(({ data }) => [data!.changes!.kind, data!.changes!.customerId])).toEqual(
      ids.map((id) => ['CUSTOMER_CREATED', globalId(id)]),
    );
  });

  test('a subscriber goes on after a cursor as if it had never left', async () => {
    const first = await subscribe(CHANGES);
    const id = await addCustomer();
    await vi.waitFor(() => expect(first.events).toHaveLength(1), { timeout: 10_000 });
    await leaves.pop()!();
    const missed = [await addCustomer(), await addCustomer()];

    const second = await subscribe(CHANGES, { after: first.events[0]!.data!.changes!.cursor });
    const last = await addCustomer();

    await vi.waitFor(() => expect(second.events).toHaveLength(3), { timeout: 10_000 });
    expect(second.events.map(({ data }) => data!.changes!.customerId)).toEqual(
      [...missed, last].map(globalId),
    );
    expect(id).not.toBe(last);
  });

  test('customerChanged tells of one customer, with contact data masked without pii:read', async () => {
    const id = await addCustomer({ email: 'ada@example.com' });
    const full = await subscribe(OF_CUSTOMERS, { customer: id });
    const masked = await subscribe(
      OF_CUSTOMERS,
      { customer: id },
      await server.createKey(['customers:read']),
    );

    await addCustomer();
    await setCustomerAttributes(server.app, id, { plan: 'pro' });

    await vi.waitFor(() => expect([full.events, masked.events]).toMatchObject([[{}], [{}]]), {
      timeout: 10_000,
    });
    const changed = { kind: 'CUSTOMER_CHANGED', facts: ['attribute.plan'] };
    expect(full.events[0]!.data!.customerChanged).toEqual({
      ...changed,
      customer: { email: 'ada@example.com', attributes: { plan: 'pro' } },
    });
    expect(masked.events[0]!.data!.customerChanged).toEqual({
      ...changed,
      customer: { email: 'a…@e…', attributes: { plan: 'pro' } },
    });
  });

  test('segmentMembershipChanged tells who enters one segment and leaves it', async () => {
    const key = `fr_${createId().replaceAll('-', '_')}`;
    const rule = "attribute.tier = 'gold'";
    // Rules name attributes that somebody has.
    await addCustomer({ attributes: { tier: 'tin' } });
    await createSegment(server.app, { key, name: key, rule });
    await createSegment(server.app, { key: `${key}_too`, name: key, rule });
    const { events } = await subscribe(OF_SEGMENTS, { segment: { key } });
    const id = await addCustomer({ attributes: { tier: 'gold' } });
    await refreshDerivedData(server.app, [id]);
    await setCustomerAttributes(server.app, id, { tier: 'tin' });
    await refreshDerivedData(server.app, [id]);

    await vi.waitFor(() => expect(events).toHaveLength(2), { timeout: 10_000 });

    expect(events.map(({ data }) => data!.segmentMembershipChanged)).toMatchObject([
      { kind: 'SEGMENT_ENTERED', segment: { key }, customerId: globalId(id) },
      { kind: 'SEGMENT_LEFT', segment: { key }, customerId: globalId(id) },
    ]);
  });

  test('a key without the scope is refused', async () => {
    const { events } = await subscribe(CHANGES, {}, await server.createKey(['ingest']));

    await vi.waitFor(() => expect(JSON.stringify(events)).toContain('FORBIDDEN'));
    expect(JSON.stringify(events)).not.toContain('http');
  });

  test('more subscriptions than a key may have are refused, until one ends', async () => {
    const key = await server.createKey(['customers:read']);
    for (let count = 0; count < 3; count += 1) await subscribe(CHANGES, {}, key);

    const fourth = await subscribe(CHANGES, {}, key);

    await vi.waitFor(() => expect(JSON.stringify(fourth.events)).toContain('TOO_MANY_SUBSCRIPTIONS'));
    await leaves[0]!();
    await vi.waitFor(async () => {
      const fifth = await subscribe(CHANGES, {}, key);
      await addCustomer();
      await vi.waitFor(() => expect(fifth.events[0]?.data).toBeDefined());
    }, 5_000);
  });

  test('a cursor of something else is refused', async () => {
    const { events } = await subscribe(CHANGES, { after: 'x' });

    await vi.waitFor(() => expect(JSON.stringify(events)).toContain('is not a cursor of this list'));
  });
});

describe('server-sent events', () => {
  test('an idle connection has a heartbeat', async () => {
    const leaving = new AbortController();
    leaves.push(() => leaving.abort());
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      body: JSON.stringify({ query: CHANGES }),
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${server.key}`,
      },
      signal: leaving.signal,
    });
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.split(':\n\n').length > 3) break;
    }

    expect(text.replaceAll(':\n\n', '')).toBe('');
  });

  test('a subscriber that stops reading is dropped and costs no memory, and goes on from its cursor', async () => {
    const query = `subscription ($after: String) { changes(after: $after) { cursor details facts } }`;
    const body = JSON.stringify({ query });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    leaves.push(() => socket.destroy());
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\nauthorization: Bearer ${server.key}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    let text = '';
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        text += chunk.toString();
        if (text.includes(':\n\n')) resolve();
      });
    });
    socket.pause();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    // 40 MB of events: far more than the buffers of a connection take.
    const facts = Array.from({ length: 200 }, (_, index) => `attribute.${'x'.repeat(90)}${index}`);
    for (let count = 0; count < 10; count += 1) {
      const changes = Array.from({ length: 100 }, () => ({
        kind: 'customer_changed' as const,
        customerId: createId(),
        details: { facts },
      }));
      await recordChanges(server.app.db, changes, new Date());
    }
    await wait(1_500);
    socket.resume();
    await closed;

    const events = text.split('event: next\n').slice(1);
    expect(events.length).toBeLessThan(1_000);
    expect(text.includes('SLOW_READER')).toBe(true);
    const cursors = events.flatMap((event) => /"cursor":"([^"]+)"/.exec(event)?.[1] ?? []);
    const again = await overEvents(query, { after: cursors.at(-1) });
    await vi.waitFor(() => expect(cursors.length + again.events.length).toBe(1_000), { timeout: 20_000 });
  });
});

describe('WebSocket', () => {
  test('a key that is not good is told why', async () => {
    const { ended } = await overWebSocket(CHANGES, {}, 'c360_unknown');

    expect(await ended).toBe(String(CloseCode.Forbidden));
  });

  test('queries and mutations are refused', async () => {
    const { events } = await overWebSocket('{ viewer { name } }');

    await vi.waitFor(() => expect(JSON.stringify(events)).toContain('Only subscriptions go over WebSocket'));
  });

  test('a revoked key opens nothing more', async () => {
    const key = await server.createKey(['customers:read']);
    const [row] = await server.app.db.query<{ id: string }>(
      'select id from api_keys order by created_at desc, id desc limit 1',
    );
    await revokeApiKey(server.app.db, row!.id, new Date());

    const { ended } = await overWebSocket(CHANGES, {}, key);

    expect(await ended).toBe(String(CloseCode.Forbidden));
  });

  test('connections end when the server stops', async () => {
    const own = await startTestServer();
    const socket = new WebSocket(`${own.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await new Promise((resolve) => socket.once('open', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));

    await own.stop();

    expect(await closed).toBe(1001);
    await own.close();
  });
});

// An embedded database belongs to one process.
test.runIf(process.env['TEST_ENGINE'] === 'postgres')(
  'a subscriber of one process hears of what another one writes',
  async () => {
    const { app } = server;
    const db = await openPostgres({ url: app.config.databaseUrl!, poolSize: 2, statementTimeoutMs: 10_000 });
    const other: App = { ...app, db, onClose: [] };
    const events = await subscribeToChanges(createContext(other), { kinds: null, customerId: null }, null);
    const next = events.next();

    const id = await addCustomer();

    expect((await next).value).toMatchObject({ kind: 'customer_created', customerId: id });
    await events.return!();
    for (const close of other.onClose) await close();
    await db.close();
  },
);
