import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { enqueueJob, type JobDefinition, type JobRunner, startJobs } from '#platform/jobs.ts';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let runner: JobRunner | undefined;
beforeAll(async () => {
  app = await openTestApp();
});
afterEach(() => runner?.stop(100));
afterAll(() => app.close());

function job(name: string, run: JobDefinition['run'], schedule?: string): JobDefinition {
  return { name, description: 'A job of the test.', run, ...(schedule === undefined ? {} : { schedule }) };
}

test('runs a job with the data it was sent with', async () => {
  const seen: unknown[] = [];
  const greet = job('test.greet', async (_app, data) => void seen.push(data));
  runner = await startJobs(app, [greet]);

  await enqueueJob(app, greet, { name: 'Ada' });

  await vi.waitFor(() => expect(seen).toEqual([{ name: 'Ada' }]), 10_000);
});

test('keeps one waiting run of a job, however often it is asked for', async () => {
  let runs = 0;
  const count = job('test.count', async () => void (runs += 1));
  for (let i = 0; i < 5; i += 1) await enqueueJob(app, count);

  runner = await startJobs(app, [count]);
  await vi.waitFor(() => expect(runs).toBe(1), 10_000);
  await new Promise((resolve) => setTimeout(resolve, 500));

  expect(runs).toBe(1);
});

test('survives a job that throws, and runs it again', async () => {
  let attempts = 0;
  const flaky = job('test.flaky', async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('first attempt');
  });
  runner = await startJobs(app, [flaky]);

  await enqueueJob(app, flaky);

  await vi.waitFor(() => expect(attempts).toBe(2), { timeout: 25_000, interval: 100 });
});

test('runs a job again that was interrupted by the end of its runner', async () => {
  const seen: string[] = [];
  const slow = job('test.slow', async (_app, _data, signal) => {
    seen.push('started');
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  });
  const first = await startJobs(app, [slow]);
  await enqueueJob(app, slow);
  await vi.waitFor(() => expect(seen).toEqual(['started']), 10_000);
  await first.stop(0);

  runner = await startJobs(app, [job('test.slow', async () => void seen.push('finished'))]);

  await vi.waitFor(() => expect(seen).toEqual(['started', 'finished']), { timeout: 25_000, interval: 100 });
});

// An embedded database ends with its process: a run found there at the start is run again at once.
test.runIf(process.env['TEST_ENGINE'] === 'postgres')(
  'runs a job again on another process when its own was killed',
  { timeout: 90_000 },
  async () => {
    const name = 'test.killed';
    const worker = fileURLToPath(new URL('killed-job.ts', import.meta.url));
    const child = fork(worker, [app.config.databaseUrl!, name]);
    await enqueueJob(app, { name }, { step: 7 });
    expect(await once(child, 'message')).toEqual([{ step: 7 }, undefined]);
    const seen: unknown[] = [];

    child.kill('SIGKILL');
    runner = await startJobs(app, [job(name, async (_app, data) => void seen.push(data))]);

    await vi.waitFor(() => expect(seen).toEqual([{ step: 7 }]), { timeout: 80_000, interval: 250 });
  },
);

test('keeps the schedule of a job, and drops it when the job no longer has one', async () => {
  const name = 'test.nightly';
  const schedules = async () => [
    ...(await app.db.query<{ cron: string }>('select cron from jobs.schedule where name = $1', [name])),
  ];
  runner = await startJobs(app, [job(name, async () => {}, '0 3 * * *')]);
  expect(await schedules()).toEqual([{ cron: '0 3 * * *' }]);
  await runner.stop(0);

  runner = await startJobs(app, [job(name, async () => {})]);

  expect(await schedules()).toEqual([]);
});
