/**
 * Keeps the turns of the event loop short: what computes for long asks whether the turn's slice is spent, and goes on in
 * a later turn if so. All requests of the process share the slices, however many loaders and aliases compute in one turn.
 */

/** Time limits, health checks and other requests wait for a slice at most, and for the one step that goes beyond it. */
const SLICE_MS = 12;

/** Cheap steps look at the clock once in so many. */
const STEPS_PER_LOOK = 16;

let isOpen = false;
let endsAt = 0;
let isSpent = false;
let steps = 0;

function openSlice(): void {
  isOpen = true;
  isSpent = false;
  endsAt = performance.now() + SLICE_MS;
  setImmediate(closeSlice);
}

function closeSlice(): void {
  isOpen = false;
}

/** For a step of a tenth of a millisecond and more. */
export function isSliceSpent(): boolean {
  if (!isOpen) openSlice();
  else if (!isSpent) isSpent = performance.now() >= endsAt;
  return isSpent;
}

/** For a step of microseconds: mostly as cheap as a comparison. */
export function isSliceSpentByNow(): boolean {
  if (isOpen) {
    steps += 1;
    if (steps < STEPS_PER_LOOK) return isSpent;
    steps = 0;
  }
  return isSliceSpent();
}

interface Waiter {
  readonly signal: AbortSignal | undefined;
  resolve(): void;
  reject(reason: Error): void;
}

/** In the order in which they are to go on; those before `next` have. */
let waiting: Waiter[] = [];
let next = 0;

/** Resolves in a later turn that has time left. @throws the reason of the signal: the request has ended meanwhile. */
export function nextTurn(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (waiting.length === 0) setImmediate(beginTurn);
    waiting.push({ signal, resolve, reject });
  });
}

function beginTurn(): void {
  openSlice();
  resumeNext();
}

/** One after the other: each computes in the microtasks before the next one is asked. */
function resumeNext(): void {
  const waiter = waiting[next];
  if (waiter === undefined) {
    waiting = [];
    next = 0;
    return;
  }
  if (isSliceSpent()) {
    setImmediate(beginTurn);
    return;
  }
  next += 1;
  if (waiter.signal?.aborted) waiter.reject(waiter.signal.reason as Error);
  else waiter.resolve();
  queueMicrotask(resumeNext);
}
