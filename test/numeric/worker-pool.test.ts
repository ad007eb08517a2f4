import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { withWorkers } from '#numeric/worker-pool.ts';
import { failOnHelpers } from './invert-task.ts';

test('tells why a member failed, and does not wait for it forever', () => {
  const run = (): void =>
    withWorkers(2, (pool) =>
      pool.run(new URL('./invert-task.ts', import.meta.url).href, failOnHelpers, null),
    );

  expect(run).toThrow('failOnHelpers failed: Error: a helper fails');
});

test.skipIf(process.platform !== 'linux')('gives way to the serving thread with its whole team', async () => {
  const own = getPriority();

  const [priorities] = (await once(
    new Worker(new URL('./lower-priority-worker.ts', import.meta.url)),
    'message',
  )) as [number[]];

  expect(priorities).toEqual([Math.max(own, 10), Math.max(own, 10)]);
  expect(getPriority()).toBe(own);
});
