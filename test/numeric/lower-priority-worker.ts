/** Gives way, makes a team and sends the priorities of both of its members. */

import { parentPort } from 'node:worker_threads';
import { lowerThreadPriority, withWorkers } from '#numeric/worker-pool.ts';
import { notePriority } from './invert-task.ts';

lowerThreadPriority();
const priorities = new Int32Array(new SharedArrayBuffer(8));
withWorkers(2, (pool) =>
  pool.run(new URL('./invert-task.ts', import.meta.url).href, notePriority, priorities),
);
parentPort?.postMessage([...priorities], []);
