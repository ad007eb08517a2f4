/** A worker thread of a pool: runs assigned tasks until it is stopped. */

import { parentPort, workerData } from 'node:worker_threads';
import { type Assignment, createPoolWorker, runTask, type Task } from './worker-pool.ts';

const { state, index, size } = workerData as { state: Int32Array; index: number; size: number };
const member = createPoolWorker(state, index, size);

parentPort?.on('message', (assignment: Assignment | null) => {
  if (assignment) void work(assignment);
  else process.exit();
});

async function work({ moduleUrl, taskName, input }: Assignment): Promise<void> {
  const tasks = (await import(moduleUrl)) as Record<string, Task<unknown>>;
  runTask(state, () => tasks[taskName]!(input, member));
}
