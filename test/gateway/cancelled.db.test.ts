import { setTimeout as wait } from 'node:timers/promises';

import postgres, { type Sql } from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import { createPlace, type GatewayProcess, type Place, run, serve } from '../support/gateway-process.ts';
import { post, type Reply, send } from '../support/server.ts';
import type { Checked, Data, Variables } from '../support/typed-text.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const REQUEST_TIMEOUT_MS = 4_000;
/** Reads `events`, which the tests lock: so it takes as long as they like. */
const SLOW_RULE =
  '{ segmentPreview(rule: "products_viewed MATCHES (count >= 3)") { ... on SegmentPreview { size } } }';
const QUICK = '{ customers(first: 1) { nodes { id displayName } } }';
const UPSERT = `mutation ($input: UpsertCustomerInput!) {
  upsertCustomer(input: $input) { ... on UpsertCustomerPayload { customer { id } } }
}`;

// Statements of the embedded database cannot be stopped from outside.
describe.skipIf(process.env['TEST_ENGINE'] !== 'postgres')('statements of a request that ended early', () => {
  let place: Place;
  let gateway: GatewayProcess;
  let server: Sql;
  let greedy: string;
  let other: string;
  beforeAll(async () => {
    place = await createPlace();
    const createKey = async (scopes: string): Promise<string> => {
      const made = await run(place, ['keys', 'create', '--scopes', scopes, '--json']);
      return (JSON.parse(made.stdout) as { key: string }).key;
    };
    greedy = await createKey('customers:read');
    other = await createKey('admin');
    gateway = await serve(place, ['--no-demo'], { REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS) });
    server = postgres(place.env['DATABASE_URL']!, { max: 2, onnotice: () => {} });
    await ask(other, UPSERT, { input: { email: 'somebody@cancelled.example' } });
  });
  afterAll(async () => {
    await server?.end({ timeout: 1 });
    await gateway?.kill('SIGKILL');
    await place?.remove();
  });
  const unlocks: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const unlock of unlocks.splice(0)) await unlock();
  });

  const ask = <const Text extends string>(
    key: string,
    query: Checked<Text>,
    variables = {} as Variables<Text>,
    signal?: AbortSignal,
  ): Promise<Reply<Data<Text>>> =>
    post<Text>({ url: gateway.url, key }, { query, variables }, {}, signal ?? null);

  /** Until the end of the test, or the call of what it answers. */
  async function lock(table: string): Promise<() => Promise<void>> {
    const connection = await server.reserve();
    await connection.unsafe(`begin; lock table ${table} in access exclusive mode`);
    let isHeld = true;
    const unlock = async () => {
      if (!isHeld) return;
      isHeld = false;
      await connection.unsafe('commit');
      connection.release();
    };
    unlocks.push(unlock);
    return unlock;
  }

  async function countWaiting(): Promise<number> {
    const [row] = await server<{ count: number }[]>`
      select count(*)::int as count from pg_stat_activity
      where datname = current_database() and application_name = 'c360' and wait_event_type = 'Lock'`;
    return row!.count;
  }

  async function timed<T>(work: Promise<T>): Promise<{ value: T; ms: number }> {
    const start = performance.now();
    return { value: await work, ms: performance.now() - start };
  }

  test('are stopped on the server and never sent, while another key and readiness are answered', async () => {
    await lock('events');
    const leaving = new AbortController();
    const slow = Array.from({ length: 40 }, () =>
      ask(greedy, SLOW_RULE, {}, leaving.signal).catch((error: Error) => error.name),
    );
    await expect.poll(countWaiting).toBeGreaterThan(1);

    const [quick, ready, health] = await Promise.all([
      timed(ask(other, QUICK)),
      timed(send(gateway, {}, '/ready')),
      timed(send(gateway, {}, '/health')),
    ]);

    expect([quick.value.status, ready.value.status, health.value.status]).toEqual([200, 200, 200]);
    expect(quick.value.body.errors).toBeUndefined();
    // Alone they take milliseconds; behind the slow ones they would take as long as the lock is held.
    expect(Math.max(quick.ms, ready.ms, health.ms)).toBeLessThan(2_000);
    leaving.abort();
    expect(new Set(await Promise.all(slow))).toEqual(new Set(['AbortError']));
    await expect.poll(countWaiting, { timeout: 5_000, interval: 50 }).toBe(0);
    await wait(300);
    expect(await countWaiting()).toBe(0);
  });

  test('are stopped at the deadline too, and later ones of the caller are answered', async () => {
    const unlock = await lock('events');

    const replies = await Promise.all(Array.from({ length: 12 }, () => ask(greedy, SLOW_RULE)));

    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([504]));
    await expect.poll(countWaiting, { timeout: 5_000, interval: 50 }).toBe(0);
    await unlock();
    expect((await ask(greedy, SLOW_RULE)).body.data!.segmentPreview!.size).toBe(0);
  });

  test('leave nothing written of a mutation whose client left', async () => {
    const unlock = await lock('customer_identities');
    const leaving = new AbortController();
    const email = 'left@cancelled.example';
    const fields = Array.from(
      { length: 20 },
      (_, index) => `m${index}: upsertCustomer(input: { email: "${index}.${email}" }) { __typename }`,
    );
    const left = ask<string>(other, `mutation { ${fields.join(' ')} }`, {}, leaving.signal);
    await expect.poll(countWaiting).toBeGreaterThan(0);

    leaving.abort();
    await expect(left).rejects.toThrow('aborted');
    await expect.poll(countWaiting, { timeout: 5_000, interval: 50 }).toBe(0);
    await unlock();
    await wait(500);

    const found = await ask<string>(
      other,
      `{ ${fields.map((_, index) => `c${index}: customer(by: { email: "${index}.${email}" }) { id }`).join(' ')} }`,
    );
    expect(new Set(Object.values(found.body.data as object))).toEqual(new Set([null]));
  });

  test('do not stop what others run on the same connections', async () => {
    const asking = { isOver: false };
    const statuses = new Map<number, number>();
    const readers = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!asking.isOver) {
          const { status, body } = await ask(other, QUICK);
          const told = body?.errors === undefined ? status : -1;
          statuses.set(told, (statuses.get(told) ?? 0) + 1);
        }
      }),
    );
    for (let round = 0; round < 40; round += 1) {
      const leaving = new AbortController();
      const left = [QUICK, SLOW_RULE, QUICK].map((query) =>
        ask(greedy, query, {}, leaving.signal).catch(() => null),
      );
      await wait(round % 10);
      leaving.abort();
      await Promise.all(left);
    }
    asking.isOver = true;
    await readers;

    expect([...statuses.keys()]).toEqual([200]);
  });
});
