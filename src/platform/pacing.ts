/**
 * Keeps event-loop turns short: a long computation asks whether the slice of the turn is spent, and continues in a
 * later turn if so. All requests of the process share the slices, however many loaders and aliases compute in one turn.
 */

/** Time-outs, health checks and other requests wait for at most one slice, plus the one step that exceeds it. */
const SLICE_MS = 12;

/** Steps of microseconds read the clock only once per this number. */
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

/** For steps of at least a tenth of a millisecond. */
export function isSliceSpent(): boolean {
  if (!isOpen) openSlice();
  else if (!isSpent) isSpent = performance.now() >= endsAt;
  return isSpent;
}

/** For steps of microseconds: mostly as cheap as a comparison. */
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

/** In the order of resumption; entries before `next` have resumed. */
let waiting: Waiter[] = [];
let next = 0;

/**
 * Resolves in a later turn that has time left. @throws the reason of the signal if the request was cancelled meanwhile.
 */
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

/** Sequential: each computes in its microtasks before the next one is resumed. */
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
