import { enqueueJob, type JobDefinition, type JobRunner, startJobs } from '#platform/jobs.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { query } from '../support/query.ts';

let app: TestApp;
let runner: JobRunner;
let isBroken = true;

const work: JobDefinition = {
  name: 'test.progress',
  description: 'A job of the test.',
  async run(_app, _data, _signal, report) {
    await report(3, 10);
    if (isBroken) throw new Error('the third row is bad');
    await report(10, 10);
  },
};

beforeAll(async () => {
  app = await openTestApp();
});
afterAll(async () => {
  await runner.stop(100);
  await app.close();
});

interface Jobs {
  readonly totalCount: number;
  readonly nodes: readonly { readonly id: string; readonly state: string }[];
}

async function ask(text: string): Promise<{ readonly jobs: Jobs; readonly retryJob: object }> {
  return (await query<string>(app, text)) as { jobs: Jobs; retryJob: object };
}

const readJobs = async () =>
  (
    await ask(
      `{ jobs(name: "test.progress") { totalCount nodes { id name state retryCount done total failure } } }`,
    )
  ).jobs;

test('shows jobs with their progress and failure, and runs a failed one again', async () => {
  expect(await readJobs()).toEqual({ totalCount: 0, nodes: [] });
  await enqueueJob(app, work);
  const waiting = await readJobs();

  runner = await startJobs(app, [work]);
  const failedOnce = await vi.waitFor(
    async () => {
      const { nodes } = await readJobs();
      expect(nodes[0]).toMatchObject({ failure: 'the third row is bad', done: 3, total: 10 });
      return nodes[0]!;
    },
    { timeout: 20_000, interval: 100 },
  );
  // As if it had been begun again as often as it may.
  await app.db.query(`update jobs.job set state = 'failed', completed_on = now() where id = $1::uuid`, [
    failedOnce.id,
  ]);
  const failed = await ask(`{ jobs(states: [FAILED]) { nodes { id state } } }`);
  isBroken = false;
  const { retryJob } = await ask(
    `mutation { retryJob(input: { id: "${failedOnce.id}" }) { __typename ... on RetryJobPayload { job { state } } } }`,
  );
  await vi.waitFor(
    async () => expect((await readJobs()).nodes[0]).toMatchObject({ state: 'DONE', done: 10, total: 10 }),
    { timeout: 20_000, interval: 100 },
  );
  const again = await ask(`mutation { retryJob(input: { id: "${failedOnce.id}" }) { __typename } }`);

  expect(waiting).toMatchObject({ totalCount: 1, nodes: [{ state: 'WAITING', done: null }] });
  expect(failed.jobs.nodes).toEqual([{ id: failedOnce.id, state: 'FAILED' }]);
  expect(retryJob).toMatchObject({ __typename: 'RetryJobPayload' });
  expect(again.retryJob).toEqual({ __typename: 'InvalidInputError' });
});
