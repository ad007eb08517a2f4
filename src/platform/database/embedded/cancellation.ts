/**
 * Stops the exchange that the thread of the database is busy with, from another thread. Both sides agree through one
 * word of shared memory, so that no other exchange than the one that is meant can be hit.
 */

/** Value of the word when no exchange runs; while one runs, its number. */
const IDLE = 0;
const CANCELLING = -1;
const CANCELLED = -2;

/** Words of Postgres, by their place in its memory as words. */
export interface InterruptWords {
  readonly interruptPending: number;
  readonly queryCancelPending: number;
}

export function createStateWord(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** The exchange that runs now, or 0. */
export function runningExchange(state: Int32Array): number {
  return Math.max(IDLE, Atomics.load(state, 0));
}

/** On the side of the caller. @returns whether that exchange was still running: Postgres then ends it with an error. */
export function cancelExchange(
  state: Int32Array,
  memory: WebAssembly.Memory,
  words: InterruptWords,
  id: number,
): boolean {
  if (Atomics.compareExchange(state, 0, id, CANCELLING) !== id) return false;
  const engine = new Int32Array(memory.buffer);
  Atomics.store(engine, words.queryCancelPending, 1);
  Atomics.store(engine, words.interruptPending, 1);
  Atomics.store(state, 0, CANCELLED);
  Atomics.notify(state, 0);
  return true;
}

/** On the side of the database: from here on it can be cancelled. */
export function beginExchange(state: Int32Array, id: number): void {
  Atomics.store(state, 0, id);
}

/** On the side of the database: what was asked too late is taken back, so that it hits no later exchange. */
export function endExchange(
  state: Int32Array,
  memory: WebAssembly.Memory,
  words: InterruptWords,
  id: number,
): void {
  if (Atomics.compareExchange(state, 0, id, IDLE) === id) return;
  Atomics.wait(state, 0, CANCELLING);
  const engine = new Int32Array(memory.buffer);
  Atomics.store(engine, words.queryCancelPending, 0);
  Atomics.store(engine, words.interruptPending, 0);
  Atomics.store(state, 0, IDLE);
}
