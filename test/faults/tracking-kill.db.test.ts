import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { createPlace, type GatewayProcess, type Place, run, serve } from '../support/gateway-process.ts';
import { isEmbedded } from './gateway.ts';

/** `KILL_ROUNDS=50 npm run test:faults` for a long run. */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 6);
vi.setConfig({ testTimeout: 60_000 + ROUNDS * 20_000, hookTimeout: 120_000 });

const SENDERS = 4;
const BATCH = 25;
const CUSTOMERS = 200;

describe.skipIf(isEmbedded)('a gateway that is killed while messages come in', () => {
  let place: Place;
  let writeKey: string;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    place = await createPlace();
    const made = await run(place, ['keys', 'create', '--name', 'site', '--scopes', 'ingest', '--json']);
    ({ key: writeKey } = JSON.parse(made.stdout) as { key: string });
    gateway = await serve(place);
  });
  afterAll(async () => {
    await gateway?.kill('SIGKILL');
    await place?.remove();
  });

  const acknowledged: string[] = [];

  /** As a client does: the same batch with the same ids until it is acknowledged. */
  async function send(isStopped: () => boolean): Promise<void> {
    while (!isStopped()) {
      const batch = Array.from({ length: BATCH }, () => {
        const id = randomUUID();
        return {
          type: 'track',
          messageId: id,
          event: 'Lamp Lit',
          userId: `u${randomInt(CUSTOMERS)}`,
          properties: { id },
        };
      });
      const body = JSON.stringify({ batch, sentAt: new Date().toISOString() });
      for (let isTaken = false; !isTaken && !isStopped();) {
        isTaken = await post(body);
        if (isTaken) acknowledged.push(...batch.map(({ messageId }) => messageId));
        else await wait(50);
      }
    }
  }

  async function post(body: string): Promise<boolean> {
    try {
      const response = await fetch(`${gateway.url}/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' },
        body,
      });
      await response.arrayBuffer();
      return response.status === 200;
    } catch {
      return false;
    }
  }

  test(`${ROUNDS} times, loses no acknowledged message and applies none twice`, async () => {
    let isStopped = false;
    const senders = Array.from({ length: SENDERS }, () => send(() => isStopped));
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = acknowledged.length;
      await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before);
      await wait(randomInt(1_500));
      await gateway.kill('SIGKILL');
      gateway = await serve(place);
    }
    isStopped = true;
    await Promise.all(senders);

    const sql = postgres(place.env['DATABASE_URL']!, { max: 1, onnotice: () => {} });
    try {
      const waiting = async () =>
        Number((await sql`select count(*) as count from tracking_inbox`)[0]!['count']);
      await expect.poll(waiting, { timeout: 60_000 }).toBe(0);
      const stored = await sql<{ id: string; count: string }[]>`
        select properties->>'id' as id, count(*) as count from events where kind = 'lamp_lit' group by 1`;
      const customers = await sql`select count(*)::int as count, count(distinct value)::int as values
        from customer_identities where kind = 'external' and source = 'site'`;
      const counts = new Map(stored.map(({ id, count }) => [id, Number(count)]));

      process.stderr.write(`${ROUNDS} kills, ${acknowledged.length} acknowledged, ${counts.size} stored\n`);
      expect(acknowledged.filter((id) => !counts.has(id))).toEqual([]);
      expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
      expect(customers[0]!['count']).toBe(customers[0]!['values']);
    } finally {
      await sql.end();
    }
  });
});
