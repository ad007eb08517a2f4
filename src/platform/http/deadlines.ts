/** Ends requests that take too long, with one timer for all: a timer per request costs more than the rest of it. */

const RESOLUTION_MS = 100;

export interface Deadlines {
  /** Calls `onExpire` once `timeoutMs` have passed (late by at most a tenth of a second), unless ended before. */
  start(onExpire: () => void): { end(): void };
  close(): void;
}

export function createDeadlines(timeoutMs: number): Deadlines {
  interface Entry {
    readonly expiresAt: number;
    onExpire: (() => void) | null;
    end(): void;
  }
  // In order of start, and so in order of expiry.
  const entries = new Set<Entry>();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const entry of entries) {
      if (entry.expiresAt > now) break;
      entries.delete(entry);
      entry.onExpire?.();
    }
  }, RESOLUTION_MS);
  timer.unref();
  return {
    start(onExpire) {
      const entry: Entry = {
        expiresAt: performance.now() + timeoutMs,
        onExpire,
        end() {
          // A set that grew leaves its former table behind, which may hold the entry until the next full collection.
          entry.onExpire = null;
          entries.delete(entry);
        },
      };
      entries.add(entry);
      return entry;
    },
    close: () => clearInterval(timer),
  };
}
