/** Time that a change of the system's clock does not move, for intervals and time-outs. Tells no time of day. */

/** Above it the runtime fires a timer at once. */
const MAX_DELAY_MS = 2_147_483_647;

/** Milliseconds since 1970 as the system's clock stood when the process started, counted on from there. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Has the timers of this thread wait as long as they can rather than fire at once; for code that is not ours. */
export function capTimers(): void {
  const set = globalThis.setTimeout;
  const capped = (work: () => void, delayMs?: number, ...rest: unknown[]) =>
    set(work, Math.min(delayMs ?? 0, MAX_DELAY_MS), ...rest);
  globalThis.setTimeout = Object.assign(capped, set);
}

/** The clock of pg-boss, whose timers span the time to an instant: with the system's clock they spin after a jump. */
export const steadyClock = {
  now,
  setTimeout: (work: () => void, delayMs: number) => setTimeout(work, Math.min(delayMs, MAX_DELAY_MS)),
  clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
  setInterval: (work: () => void, delayMs: number) => setInterval(work, Math.min(delayMs, MAX_DELAY_MS)),
  clearInterval: (timer: NodeJS.Timeout) => clearInterval(timer),
};
