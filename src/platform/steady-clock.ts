/** A clock that is independent of changes of the system's clock, for intervals and time-outs. */

/** The runtime fires timers with a longer delay at once. */
const MAX_DELAY_MS = 2_147_483_647;

/** Milliseconds since 1970 by the system's clock at the start of the process, counted monotonically from there. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Clamps timers of this thread that are too long, which would fire at once; for code of libraries. */
export function capTimers(): void {
  const set = globalThis.setTimeout;
  const capped = (work: () => void, delayMs?: number, ...rest: unknown[]) =>
    set(work, Math.min(delayMs ?? 0, MAX_DELAY_MS), ...rest);
  globalThis.setTimeout = Object.assign(capped, set);
}

/** The clock of pg-boss, whose timers run until an instant: with the system's clock they would spin after a jump. */
export const steadyClock = {
  now,
  setTimeout: (work: () => void, delayMs: number) => setTimeout(work, Math.min(delayMs, MAX_DELAY_MS)),
  clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
  setInterval: (work: () => void, delayMs: number) => setInterval(work, Math.min(delayMs, MAX_DELAY_MS)),
  clearInterval: (timer: NodeJS.Timeout) => clearInterval(timer),
};
