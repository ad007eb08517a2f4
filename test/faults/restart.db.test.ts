import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { canStartServer, type PrivateServer, startServer } from '../support/private-server.ts';
import { findMissing, isEmbedded, measureRecovery, startGateway, startLoad } from './gateway.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 240_000 });

const RESTARTS = 20;

describe.skipIf(isEmbedded || !canStartServer)('a Postgres server that restarts under load', () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startServer([], { max_connections: 60 });
  });
  afterAll(() => server?.stop());

  test.each([1, 2])('ends no process, loses no acknowledged write: WORKERS=%i', async (workers) => {
    const gateway = await startGateway(
      `postgres://postgres@127.0.0.1:${server.port}/postgres`,
      { WORKERS: String(workers) },
      ['--no-demo', '--jobs'],
    );
    try {
      const load = startLoad(gateway, 6, 3);
      const recoveries: number[] = [];
      for (let restart = 0; restart < RESTARTS; restart += 1) {
        await expect.poll(() => load.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(restart * 20);
        await server.restart();
        recoveries.push(await measureRecovery(gateway));
      }
      await load.stop();

      const slowest = Math.round(Math.max(...recoveries));
      const statuses = JSON.stringify([...load.statuses]);
      process.stderr.write(
        `WORKERS=${workers}: ${RESTARTS} restarts, slowest recovery ${slowest} ms, ${statuses}\n`,
      );
      expect([...new Set(load.wrong)]).toEqual([]);
      expect(gateway.gateway.output()).not.toContain('a worker ended');
      expect(() => process.kill(gateway.gateway.pid, 0)).not.toThrow();
      expect(await findMissing(gateway, load.acknowledged)).toEqual([]);
      // Asked are 2 s; the machine of the tests may be busy with others.
      expect(slowest).toBeLessThan(8_000);
    } finally {
      await gateway.close();
    }
  });
});
