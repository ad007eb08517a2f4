import { type JobRunner, startJobs } from '#platform/jobs.ts';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';

vi.setConfig({ testTimeout: 60_000 });
const DAY_MS = 86_400_000;
const MAX_DELAY_MS = 2_147_483_647;

let app: TestApp;
let runner: JobRunner | undefined;
beforeAll(async () => {
  app = await openTestApp();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await runner?.stop(100);
  runner = undefined;
});
afterAll(() => app.close());

const idle = { name: 'test.idle', description: 'A job of the test.', run: async () => {} };

test('sets no timer that fires at once after the clock was 400 days ahead', async () => {
  const { now } = Date;
  const ahead = vi.spyOn(Date, 'now').mockImplementation(() => now() + 400 * DAY_MS);
  runner = await startJobs(app, [idle]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  ahead.mockRestore();
  const timers = vi.spyOn(globalThis, 'setTimeout');

  // The passes of the queue come every 10 seconds, and measure then how long is left.
  await new Promise((resolve) => setTimeout(resolve, 12_000));

  const delays = timers.mock.calls.map(([, delay]) => delay ?? 0);
  expect(delays.length).toBeGreaterThan(0);
  expect(delays.filter((delay) => delay > MAX_DELAY_MS)).toEqual([]);
});

test('runs schedules and waiting jobs again after the clock was set back', async () => {
  let runs = 0;
  const count = { ...idle, name: 'test.ahead', run: async () => void (runs += 1) };
  runner = await startJobs(app, [count]);
  await runner.stop(100);
  await app.db.query(
    `insert into jobs.job (name, start_after) values ('test.ahead', now() + interval '400 days')`,
  );
  await app.db.query(`update jobs.version set cron_on = now() + interval '400 days'`);
  await app.db.query(`update jobs.queue set maintain_on = now() + interval '400 days'`);

  runner = await startJobs(app, [count]);

  await vi.waitFor(() => expect(runs).toBe(1), 20_000);
  const [left] = await app.db.query<{ count: number }>(
    `select (select count(*) from jobs.version where cron_on > now() + interval '1 day')
      + (select count(*) from jobs.queue where maintain_on > now() + interval '1 day') as count`,
  );
  expect(left?.count).toBe(0);
});
