/**
 * `npm run bench:ingest`: acknowledged events per second through the tracking API, beside a multi-row INSERT of the same
 * events into a table like `events`, and the rate at which they are worked off with profiles and memberships. Senders,
 * gateway and database share the machine. Never asserts.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { createApiKey } from '#platform/auth/api-keys.ts';
import { readConfig } from '#platform/config.ts';
import { createId, deriveId } from '#platform/ids.ts';
import { serve } from '../../src/main/serve.ts';
import { openApp } from '../../src/main/open-app.ts';
import postgres from 'postgres';

import { startPostgres } from './postgres-server.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    steady: { type: 'string', default: '15' },
    help: { type: 'boolean', default: false },
  },
});
const BATCH = 500;
const SENDERS = 4;
const PEOPLE = 5_000;
/** Of the rate of working off, so that a queue does not grow by chance alone. */
const STEADY_SHARE = 0.7;
const STEADY_BATCH = 50;
const SUBSCRIBED_BATCH = 10;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (options.help) {
  print('npm run bench:ingest -- [--seconds 60] [--steady 15] [--json FILE]');
  process.exit(0);
}
if (process.env['TEST_DATABASE_URL']) process.env['BENCH_DATABASE_URL'] ??= process.env['TEST_DATABASE_URL'];
const server = await startPostgres();
const admin = postgres(server.url, { max: 1, onnotice: () => {} });
const name = `c360_bench_ingest_${Date.now()}`;
await admin.unsafe(`create database ${name}`);
const url = new URL(server.url);
url.pathname = `/${name}`;
const client = postgres(url.href, { max: SENDERS, onnotice: () => {} });

let serial = 0;
function makeMessages(count: number): object[] {
  return Array.from({ length: count }, () => {
    serial += 1;
    return {
      type: 'track',
      messageId: `bench-${serial}`,
      userId: `user-${(serial * 7919) % PEOPLE}`,
      event: 'Article Viewed',
      properties: { article: serial % 1_000, section: 'news' },
      timestamp: new Date().toISOString(),
    };
  });
}

/** Changes the customer, so that subscribers hear of it; `lap` says which message it was. */
function makeIdentify(lap: number): object {
  return {
    type: 'identify',
    messageId: `bench-lap-${lap}`,
    userId: `user-${lap % PEOPLE}`,
    traits: { lap },
    timestamp: new Date().toISOString(),
  };
}

/** Calls back with the lap of each change that a subscription over server-sent events answers, until it is closed. */
async function subscribe(
  gatewayUrl: string,
  key: string,
  onLap: (lap: number) => void,
): Promise<{ close(): Promise<void> }> {
  const closing = new AbortController();
  const response = await fetch(`${gatewayUrl}/graphql`, {
    method: 'POST',
    signal: closing.signal,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
    body: JSON.stringify({ query: 'subscription { customerChanged { kind customer { attributes } } }' }),
  });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const read = async (): Promise<void> => {
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      for (const [, lap] of text.matchAll(/"lap":(\d+)/g)) onLap(Number(lap));
    }
  };
  const reading = read().catch((error: unknown) => {
    if (!closing.signal.aborted) throw error;
  });
  return {
    async close() {
      closing.abort();
      await reading;
    },
  };
}

function p99Of(delays: readonly number[]): number | null {
  const sorted = delays.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? null;
}

/** Runs as many at a time as there are senders, until the time is over. @returns rows per second */
async function rateOf(seconds: number, send: (sender: number) => Promise<number>): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const run = async (sender: number): Promise<void> => {
    while (performance.now() - startedAt < seconds * 1_000) {
      const sent = await send(sender);
      count += sent;
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => run(sender)));
  return (count * 1_000) / (performance.now() - startedAt);
}

try {
  const config = readConfig({
    DATABASE_URL: url.href,
    PORT: '0',
    LOG_LEVEL: 'error',
    GRAPHIQL: 'false',
    TRACKING_MAX_BACKLOG: '100000000',
    CONTACT_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    CONTACT_INDEX_KEY: randomBytes(32).toString('base64'),
  });
  const app = await openApp(config, 'serve');
  const { key } = await createApiKey(app.db, { name: 'bench', scopes: ['ingest'], at: new Date() });
  const gateway = await serve(app, { withJobs: false });
  const post = async (count: number, more: readonly object[] = []): Promise<number> => {
    const response = await fetch(`${gateway.url}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ batch: [...makeMessages(count), ...more], sentAt: new Date().toISOString() }),
    });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
    return count;
  };
  const isWaiting = async (before: Date): Promise<boolean> => {
    const [row] = await client<{ isWaiting: boolean }[]>`
      select exists (select 1 from tracking_inbox where received_at <= ${before})
        or exists (select 1 from recompute_queue where changed_at <= ${before}) as "isWaiting"`;
    return row!.isWaiting;
  };
  const untilVisible = async (before: Date): Promise<void> => {
    while (await isWaiting(before)) await wait(10);
  };

  // Everybody is known before it is measured.
  for (let count = 0; count < PEOPLE; count += BATCH) await post(BATCH);
  await untilVisible(new Date());

  await client.unsafe(`create table plain_events (like events including all)`);
  const people = await client<{ id: string }[]>`select id from customers`;
  const inserted = await rateOf(Math.min(15, Number(options.seconds)), async () => {
    const at = new Date();
    const rows = (makeMessages(BATCH) as { messageId: string; properties: object }[]).map((one) => ({
      customer_id: people[serial % people.length]!.id,
      occurred_at: at,
      kind: 'article_viewed',
      id: deriveId(at.getTime(), 'bench', one.messageId, createId()),
      source: 'bench',
      properties: client.json(one.properties as never),
      recorded_at: at,
    }));
    await client`insert into plain_events ${client(rows)}`;
    return BATCH;
  });

  const acknowledged = await rateOf(Number(options.seconds), () => post(BATCH));
  const drainedFrom = performance.now();
  const [left] = await client<{ count: number }[]>`
    select coalesce(sum(message_count), 0)::int as count from tracking_inbox`;
  await untilVisible(new Date());
  const sustained = (left!.count * 1_000) / (performance.now() - drainedFrom);

  const rate = sustained * STEADY_SHARE;
  const delays: number[] = [];
  const pending: Promise<void>[] = [];
  const steadyFrom = performance.now();
  for (let sent = 0; performance.now() - steadyFrom < Number(options.steady) * 1_000; sent += STEADY_BATCH) {
    const dueMs = (sent / rate) * 1_000 - (performance.now() - steadyFrom);
    if (dueMs > 0) await wait(dueMs);
    await post(STEADY_BATCH);
    const ackedAt = performance.now();
    if (pending.length % 5 === 0) {
      pending.push(untilVisible(new Date()).then(() => void delays.push(performance.now() - ackedAt)));
    } else pending.push(Promise.resolve());
  }
  await Promise.all(pending);
  const visibleP99 = p99Of(delays);

  const { key: readKey } = await createApiKey(app.db, {
    name: 'reader',
    scopes: ['customers:read'],
    at: new Date(),
  });
  const slowRate = rate / 10;
  const acknowledgedAt = new Map<number, number>();
  const arrivedAt = new Map<number, number>();
  const subscriber = await subscribe(gateway.url, readKey, (lap) => arrivedAt.set(lap, performance.now()));
  const slowFrom = performance.now();
  const seconds = Number(options.steady);
  for (let lap = 1; performance.now() - slowFrom < seconds * 1_000; lap += 1) {
    const dueMs = ((lap * SUBSCRIBED_BATCH) / slowRate) * 1_000 - (performance.now() - slowFrom);
    if (dueMs > 0) await wait(dueMs);
    await post(SUBSCRIBED_BATCH - 1, [makeIdentify(lap)]);
    acknowledgedAt.set(lap, performance.now());
  }
  await untilVisible(new Date());
  await wait(1_000);
  await subscriber.close();
  const missing = [...acknowledgedAt.keys()].filter((lap) => !arrivedAt.has(lap));
  if (missing.length > 0) throw new Error(`${missing.length} changes did not reach the subscriber`);
  // A message may arrive before its acknowledgement.
  const subscriptionP99 = p99Of(
    Array.from(acknowledgedAt, ([lap, at]) => Math.max(0, arrivedAt.get(lap)! - at)),
  );

  print(`acknowledged        ${Math.round(acknowledged)} events/s for ${options.seconds} s`);
  print(`multi-row INSERT    ${Math.round(inserted)} rows/s; ratio ${(acknowledged / inserted).toFixed(2)}`);
  print(`worked off          ${Math.round(sustained)} events/s, of a backlog of ${left!.count}`);
  print(
    `visible, p99        ${Math.round(visibleP99 ?? 0)} ms at ${Math.round(rate)} events/s (${delays.length} samples)`,
  );
  print(
    `to a subscriber, p99 ${Math.round(subscriptionP99 ?? 0)} ms at ${Math.round(slowRate)} events/s (${acknowledgedAt.size} samples)`,
  );
  if (options.json !== undefined) {
    const result = {
      events_per_second: Math.round(acknowledged),
      ratio_to_insert: Math.round((acknowledged / inserted) * 100) / 100,
      sustained_per_second: Math.round(rate),
      visible_p99_ms: visibleP99 === null ? null : Math.round(visibleP99),
      subscription_p99_ms: subscriptionP99 === null ? null : Math.round(subscriptionP99),
    };
    writeFileSync(options.json, `${JSON.stringify(result)}\n`);
  }
  await gateway.stop();
} finally {
  await client.end();
  await admin.unsafe(`drop database if exists ${name} with (force)`);
  await admin.end();
  server.stop();
}
