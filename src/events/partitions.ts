/** Yearly partitions of the timeline, created with the first event of a year. Drops none. */
import { type App, perApp } from '#platform/app.ts';

/** Allowed years of events, so that a wrong clock cannot create partitions without limit. */
export const FIRST_EVENT_YEAR = 1990;
export const LAST_EVENT_YEAR = 2100;

const knownYears = perApp(() => new Set<number>());

/**
 * Creates the partitions for these instants. Uses the root handle, so not from inside a transaction; concurrent
 * processes may create the same year.
 */
export async function ensureEventPartitions(app: App, instantsMs: Iterable<number>): Promise<void> {
  const known = knownYears(app);
  const missing = new Set<number>();
  for (const atMs of instantsMs) {
    const year = new Date(atMs).getUTCFullYear();
    if (!known.has(year)) missing.add(year);
  }
  if (missing.size === 0) return;
  await app.db.withLock('c360.event-partitions', async () => {
    for (const year of missing) {
      await app.db.query(
        `/* events.createPartition */ create table if not exists events_${year} partition of events
        for values from ('${year}-01-01T00:00:00Z') to ('${year + 1}-01-01T00:00:00Z')`,
      );
      known.add(year);
    }
  });
}

export function isEventYear(at: Date): boolean {
  const year = at.getUTCFullYear();
  return year >= FIRST_EVENT_YEAR && year <= LAST_EVENT_YEAR;
}
