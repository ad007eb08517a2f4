/** A pool of threads for one task over shared memory. */

import { getPriority, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';

/** One thread's view of a task. */
export type PoolWorker = {
  readonly index: number;
  readonly size: number;
  /** Waits until every worker has reached it. */
  readonly barrier: () => void;
  /** Each part is processed once, by the next free worker; returns when all parts are done. */
  readonly share: (partCount: number, work: (part: number) => void) => void;
};

/**
 * Work on shared memory, run once by every worker. The input is copied to the other threads, so that only shared memory
 * is common. It must be exported by name from the module that calls `run`.
 */
export type Task<Input> = (input: Input, member: PoolWorker) => void;

export type WorkerPool = {
  readonly size: number;
  /** @param moduleUrl `import.meta.url` of the module that exports the task */
  readonly run: <Input>(moduleUrl: string, task: Task<Input>, input: Input) => void;
};

/** Message of the coordinating thread to the others. */
export type Assignment = { readonly moduleUrl: string; readonly taskName: string; readonly input: unknown };

// Slots of the shared state.
const ARRIVED = 0;
const GENERATION = 1;
const CLAIMED = 2;
const FINISHED = 3;
const FAILED = 4;
const SLOTS = 5;
/** After the slots: the text of the first failure, one UTF-16 unit per slot, terminated by 0. */
const MESSAGE_SLOTS = 200;

/** The only worker of a pool of one. */
export const ALONE: PoolWorker = {
  index: 0,
  size: 1,
  barrier: () => {},
  share: (partCount, work) => {
    for (let part = 0; part < partCount; part += 1) work(part);
  },
};

/** A pool of only the calling thread. */
export const SINGLE_THREAD: WorkerPool = { size: 1, run: (_, task, input) => task(input, ALONE) };

/**
 * Runs `use` with a pool of the calling thread and size - 1 others, which end afterwards. The calling thread blocks
 * while a task runs: call it from a worker where requests are served.
 */
export function withWorkers<Result>(size: number, use: (pool: WorkerPool) => Result): Result {
  if (size <= 1) return use(SINGLE_THREAD);
  const state = new Int32Array(new SharedArrayBuffer((SLOTS + MESSAGE_SLOTS) * 4));
  const workers = Array.from({ length: size - 1 }, (_, helper) => {
    const worker = new Worker(new URL('./pool-worker.ts', import.meta.url), {
      workerData: { state, index: helper + 1, size },
    });
    worker.unref();
    return worker;
  });

  function run<Input>(moduleUrl: string, task: Task<Input>, input: Input): void {
    Atomics.store(state, FINISHED, 0);
    const assignment: Assignment = { moduleUrl, taskName: task.name, input };
    for (const worker of workers) worker.postMessage(assignment, []);
    runTask(state, () => task(input, createPoolWorker(state, 0, size)));
    for (;;) {
      const finished = Atomics.load(state, FINISHED);
      if (finished === size) break;
      Atomics.wait(state, FINISHED, finished);
    }
    if (Atomics.load(state, FAILED) !== 0) throw new Error(`${task.name} failed: ${readMessage(state)}`);
  }

  try {
    return use({ size, run });
  } finally {
    for (const worker of workers) worker.postMessage(null, []);
  }
}

const BACKGROUND_PRIORITY = 10;

/**
 * Lowers the thread's priority below all other threads, for a thread that trains beside a server; its pools inherit it.
 * Only Linux has a priority per thread: elsewhere this would slow the server itself.
 */
export function lowerThreadPriority(): void {
  if (process.platform === 'linux' && getPriority() < BACKGROUND_PRIORITY) setPriority(BACKGROUND_PRIORITY);
}

/** Runs one worker's part; a failure is recorded, and releases the workers that wait. */
export function runTask(state: Int32Array, work: () => void): void {
  try {
    work();
  } catch (error) {
    // The others fail at their next barrier as a consequence: the first message is the one to report.
    if (Atomics.exchange(state, FAILED, 1) === 0) writeMessage(state, String(error));
    Atomics.add(state, GENERATION, 1);
    Atomics.notify(state, GENERATION);
  } finally {
    Atomics.add(state, FINISHED, 1);
    Atomics.notify(state, FINISHED);
  }
}

function writeMessage(state: Int32Array, message: string): void {
  const units = message.slice(0, MESSAGE_SLOTS - 1).split('');
  state.set(
    units.map((unit) => unit.charCodeAt(0)),
    SLOTS,
  );
}

function readMessage(state: Int32Array): string {
  const units = state.subarray(SLOTS);
  return String.fromCharCode(...units.subarray(0, units.indexOf(0)));
}

export function createPoolWorker(state: Int32Array, index: number, size: number): PoolWorker {
  function barrier(): void {
    const generation = Atomics.load(state, GENERATION);
    if (Atomics.add(state, ARRIVED, 1) === size - 1) {
      // The last to arrive resets the counters before it releases the others.
      Atomics.store(state, ARRIVED, 0);
      Atomics.store(state, CLAIMED, 0);
      Atomics.add(state, GENERATION, 1);
      Atomics.notify(state, GENERATION);
    } else {
      while (Atomics.load(state, GENERATION) === generation) Atomics.wait(state, GENERATION, generation);
    }
    if (Atomics.load(state, FAILED) !== 0) throw new Error('another worker of the pool failed');
  }

  function share(partCount: number, work: (part: number) => void): void {
    for (;;) {
      const part = Atomics.add(state, CLAIMED, 1);
      if (part >= partCount) break;
      work(part);
    }
    barrier();
  }
  return { index, size, barrier, share };
}
