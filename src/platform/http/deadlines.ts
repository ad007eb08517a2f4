/**
 * Ends requests that take too long, with one timer for all: a timer per request would cost more than the rest of this
 * file.
 */

const RESOLUTION_MS = 100;

export interface Deadlines {
  /** Calls `onExpire` once `timeoutMs` have passed (at most a tenth of a second late), unless cancelled before. */
  start(onExpire: () => void): { end(): void };
  close(): void;
}

export function createDeadlines(timeoutMs: number): Deadlines {
  interface Entry {
    readonly expiresAt: number;
    onExpire: (() => void) | null;
    end(): void;
  }
  // In order of start, which is the order of expiry.
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
          // A growing set leaves its former table behind, which may retain the entry until the next full collection.
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
