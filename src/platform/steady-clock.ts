/** Time that a change of the system's clock does not move, for intervals and time-outs. Tells no time of day. */

/** Above it the runtime fires a timer at once. */
const MAX_DELAY_MS = 2_147_483_647;

/** Milliseconds since 1970 as the system's clock stood when the process started, counted on from there. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** The clock of pg-boss, whose timers span the time to an instant: with the system's clock they spin after a jump. */
export const steadyClock = {
  now,
  setTimeout: (work: () => void, delayMs: number) => setTimeout(work, Math.min(delayMs, MAX_DELAY_MS)),
  clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
  setInterval: (work: () => void, delayMs: number) => setInterval(work, Math.min(delayMs, MAX_DELAY_MS)),
  clearInterval: (timer: NodeJS.Timeout) => clearInterval(timer),
};
