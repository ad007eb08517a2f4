import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { trackingRoute } from '#tracking/route.ts';
import { startTracking, type Tracking } from './tracking.ts';

let tracking: Tracking;
beforeAll(async () => {
  tracking = await startTracking();
});
afterAll(() => tracking.close());

const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });

async function post(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) {
  const response = await fetch(`${tracking.url}${path}`, { method: 'POST', body, headers });
  await tracking.settle();
  return response;
}

test('puts what a customer did on the timeline of their user id', async () => {
  const sent = await tracking.send('/v1/track', {
    userId: 'ann',
    event: 'Article Shared',
    properties: { title: 'On hats' },
    context: {
      library: { name: 'analytics-node', version: '3.1.0' },
      campaign: { name: 'spring' },
      ip: '8.8.8.8',
    },
  });

  expect(sent).toMatchObject({ status: 200, body: { success: true } });
  const [event] = await tracking.eventsOf('ann');
  expect(event).toMatchObject({
    kind: 'article_shared',
    properties: {
      title: 'On hats',
      context: { name: 'Article Shared', library: 'analytics-node 3.1.0', campaign: { name: 'spring' } },
    },
  });
  expect(JSON.stringify(event)).not.toContain('8.8.8.8');
});

test('identify makes the visitor and the user one person, with traits as contact data and attributes', async () => {
  await tracking.send('/v1/page', { anonymousId: 'visitor-1', name: 'Home', properties: { path: '/' } });
  await tracking.send('/v1/identify', {
    userId: 'bea',
    anonymousId: 'visitor-1',
    traits: {
      email: 'Bea@Example.com',
      firstName: 'Bea',
      lastName: 'Miller',
      plan: 'gold',
      address: { country: 'DE' },
    },
    context: { locale: 'de-DE', timezone: 'Europe/Berlin' },
  });

  const { customer } = await tracking.ask(`{ customer(by: { email: "bea@example.com" }) {
    displayName country attributes events(first: 5) { nodes { kind } } } }`);
  expect(customer).toEqual({
    displayName: 'Bea Miller',
    country: 'DE',
    attributes: { plan: 'gold', timezone: 'Europe/Berlin' },
    events: { nodes: [{ kind: 'page_viewed' }] },
  });
});

test('a message id counts once for its source, whatever the time and however often it comes at once', async () => {
  const batch = Array.from({ length: 40 }, (_, index) => ({
    type: 'track',
    userId: `many-${index % 4}`,
    event: 'Lamp Lit',
    messageId: `lamp-${index}`,
    timestamp: new Date(Date.now() - 60_000 + index).toISOString(),
  }));

  const answers = await Promise.all(
    Array.from({ length: 5 }, (_, index) =>
      tracking.send('/v1/batch', { batch, sentAt: new Date(Date.now() - index * 1_000).toISOString() }),
    ),
  );

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  const counts = await Promise.all(
    [0, 1, 2, 3].map(async (one) => (await tracking.eventsOf(`many-${one}`)).length),
  );
  expect(counts).toEqual([10, 10, 10, 10]);
});

test('the same message id of another source is another message', async () => {
  const other = await tracking.writeKeyWith('app', ['ingest']);
  const message = { anonymousId: 'two-sources', event: 'Lamp Lit', messageId: 'same-id' };

  await tracking.send('/v1/track', message);
  await tracking.send('/v1/track', message, basic(other));

  const { customer } = await tracking.ask(
    '{ customer(by: { anonymousId: "two-sources" }) { events(first: 5) { totalCount } } }',
  );
  expect(customer!.events!.totalCount).toBe(2);
});

test('corrects the time of a sender whose clock is two days ahead', async () => {
  const aheadMs = 2 * 86_400_000;
  await tracking.send('/v1/batch', {
    sentAt: new Date(Date.now() + aheadMs).toISOString(),
    batch: [
      {
        type: 'track',
        userId: 'clock',
        event: 'Lamp Lit',
        timestamp: new Date(Date.now() + aheadMs - 60_000).toISOString(),
      },
    ],
  });

  const [event] = await tracking.eventsOf('clock');
  expect(Math.abs(Date.now() - 60_000 - Date.parse(event!.occurredAt))).toBeLessThan(30_000);
});

test('keeps the good messages of a batch and says which were dropped and why', async () => {
  const { status, body } = await tracking.send('/v1/batch', {
    batch: [
      { type: 'track', userId: 'mixed', event: 'Lamp Lit', messageId: 'good' },
      { type: 'track', userId: 'mixed', messageId: 'nameless' },
      { type: 'tack', userId: 'mixed', messageId: 'mistyped' },
      { type: 'track', event: 'Lamp Lit', messageId: 'nobody' },
      { type: 'identify', userId: 'mixed', traits: { email: 'half@' }, messageId: 'half' },
      { type: 'track', userId: 'mixed', event: 'Lamp Lit', properties: { long: 'x'.repeat(40_000) } },
    ],
  });

  expect(status).toBe(200);
  const { dropped } = body as { readonly dropped: readonly { readonly index: number }[] };
  expect(dropped.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
  expect(dropped[0]).toMatchObject({ messageId: 'nameless', reason: expect.stringContaining('event') });
  expect(JSON.stringify(body)).not.toContain('half@');
  expect(await tracking.eventsOf('mixed')).toHaveLength(1);
});

test('answers 400 where nothing can be used, naming the reason', async () => {
  const sent = await tracking.send('/v1/track', { userId: 'x' });

  expect(sent).toMatchObject({ status: 400, body: { success: false, dropped: [{ index: 0 }] } });
});

test('takes the write key as user name, as bearer and in the body, and refuses others', async () => {
  const message = { userId: 'keys', event: 'Lamp Lit' };
  const text = JSON.stringify(message);
  const reader = await tracking.writeKeyWith('reader', ['customers:read']);

  const statuses = [];
  for (const [body, headers] of [
    [text, basic(tracking.writeKey)],
    [text, { authorization: `Bearer ${tracking.writeKey}` }],
    [JSON.stringify({ ...message, writeKey: tracking.writeKey }), {}],
    [text, {}],
    [text, basic('c360_wrong')],
    [text, basic(reader)],
  ] as const) {
    statuses.push((await post('/v1/track', body, headers)).status);
  }

  expect(statuses).toEqual([200, 200, 200, 401, 401, 403]);
});

test('unpacks gzip and deflate, under a content type of forms too', async () => {
  const text = JSON.stringify({ userId: 'packed', event: 'Lamp Lit' });
  const type = { 'content-type': 'application/x-www-form-urlencoded', ...basic(tracking.writeKey) };

  const answers = [
    await post('/v1/track', new Uint8Array(gzipSync(text)), { ...type, 'content-encoding': 'gzip' }),
    await post('/v1/track', new Uint8Array(deflateSync(text)), { ...type, 'content-encoding': 'deflate' }),
    await post('/v1/track', new Uint8Array(gzipSync(text)), type),
  ];

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await tracking.eventsOf('packed')).toHaveLength(3);
});

test('refuses what is too long, also once it is unpacked, and what is no JSON', async () => {
  const key = basic(tracking.writeKey);
  const long = JSON.stringify({ batch: [], padding: 'x'.repeat(600_000) });
  const many = JSON.stringify({ batch: Array.from({ length: 2_501 }, () => ({})) });

  const answers = [
    await post('/v1/batch', long, key),
    await post('/v1/batch', new Uint8Array(gzipSync(long)), { ...key, 'content-encoding': 'gzip' }),
    await post('/v1/batch', many, key),
    await post('/v1/track', JSON.stringify({ userId: 'a', event: 'x'.repeat(40_000) }), key),
    await post('/v1/batch', '{"batch":[', key),
    await post('/v1/batch', 'not gzip', { ...key, 'content-encoding': 'gzip' }),
    await post('/v1/batch', '[]', key),
    await post('/v1/batch', '{"batch":{}}', key),
  ];

  expect(answers.map(({ status }) => status)).toEqual([413, 413, 413, 413, 400, 400, 400, 400]);
});

test('answers a picture to a mail that is opened', async () => {
  const message = { writeKey: tracking.writeKey, userId: 'mail', event: 'Email Opened' };
  const data = Buffer.from(JSON.stringify(message)).toString('base64');

  const response = await fetch(`${tracking.url}/v1/pixel/track?data=${encodeURIComponent(data)}`);
  await tracking.settle();

  expect(response.headers.get('content-type')).toBe('image/gif');
  expect(await tracking.eventsOf('mail')).toMatchObject([{ kind: 'email_opened' }]);
});

test('two visitors of one shared device stay two people', async () => {
  await tracking.send('/v1/identify', { userId: 'first-user', anonymousId: 'tablet' });
  await tracking.send('/v1/identify', { userId: 'second-user', anonymousId: 'tablet' });
  await tracking.send('/v1/track', { userId: 'second-user', anonymousId: 'tablet', event: 'Lamp Lit' });

  expect(await tracking.eventsOf('first-user')).toHaveLength(0);
  expect(await tracking.eventsOf('second-user')).toHaveLength(1);
});

test('alias joins a visitor to a user, and two users only with a key that may merge', async () => {
  const merger = await tracking.writeKeyWith('shop', ['ingest', 'customers:write']);
  const idOf = async (userId: string) =>
    (
      await tracking.ask(
        `query ($id: String!) { customer(by: { externalId: { source: "shop", id: $id } }) { id } }`,
        {
          id: userId,
        },
      )
    ).customer!.id;
  await tracking.send('/v1/track', { anonymousId: 'before', event: 'Lamp Lit' });
  await tracking.send('/v1/alias', { previousId: 'before', userId: 'after' });
  await tracking.send('/v1/track', { userId: 'older', event: 'Lamp Lit' });

  await tracking.send('/v1/alias', { previousId: 'older', userId: 'after' });
  const apart = [await idOf('older'), await idOf('after')];
  await tracking.send('/v1/alias', { previousId: 'older', userId: 'after' }, basic(merger));
  const together = [await idOf('older'), await idOf('after')];

  expect(await tracking.eventsOf('after')).toHaveLength(2);
  expect(apart[0]).not.toBe(apart[1]);
  expect(together[0]).toBe(together[1]);
});

test('tells senders to slow down while too much waits, and takes messages again once it is worked off', async () => {
  const busy = await startTracking({ TRACKING_MAX_BACKLOG: '1' });
  const send = () =>
    fetch(`${busy.url}/v1/track`, {
      method: 'POST',
      headers: basic(busy.writeKey),
      body: JSON.stringify({ userId: 'eager', event: 'Lamp Lit' }),
    });
  // Sealed by a key that nobody has: work stands still until it is gone.
  await busy.app.db.query(
    `insert into tracking_inbox (id, source, received_at, on_conflict, message_count, key_id, sealed)
    values ('00000000-0000-7000-8000-000000000000', 'shop', now(), 'keep', 1, 'lost', '')`,
  );

  const first = await send();
  const second = await send();
  await busy.app.db.query('delete from tracking_inbox where key_id = $1', ['lost']);
  await busy.settle();
  const third = await send();
  await busy.settle();

  expect([first.status, second.status, third.status]).toEqual([200, 429, 200]);
  expect(second.headers.get('retry-after')).toBe('5');
  expect(await busy.eventsOf('eager')).toHaveLength(2);
  await busy.close();
});

test('answers 503 once the server is stopping', async () => {
  const stopping = new AbortController();
  stopping.abort();
  const route = trackingRoute(tracking.app);
  const req = Object.assign(Readable.from([]), { method: 'POST', headers: {}, url: '/v1/track' });

  const answer = await route({
    req: req as unknown as IncomingMessage,
    path: '/v1/track',
    requestId: 'test',
    stopping: stopping.signal,
  });

  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
});
