/** Up to when every change is committed, so that a reader by time knows where the next reading has to begin. */
import type { Database } from './database.ts';

/**
 * Clocks of gateway processes and the database's may differ by so much. Times of changes are taken from the clock of the
 * process that writes, after its transaction began.
 */
const CLOCK_ALLOWANCE_SECONDS = 5;

/**
 * An instant that no transaction can still write before: the start of the oldest one that runs, or now, less an allowance
 * for clocks. A transaction that begins later stamps its rows later; one that has ended is visible to every statement
 * after this one. Reads of other programs hold it back too, which costs repeats and never a row. Sessions of another
 * user of the database show their times to members of `pg_read_all_stats` alone.
 * @param now an instant before this call
 */
export async function readSettledAt(db: Database, now: Date): Promise<Date> {
  const [row] = await db.query<{ settledAt: Date }>(
    `/* database.settledAt */
    select date_trunc('milliseconds', least($1::timestamptz, min(xact_start)) - interval '${CLOCK_ALLOWANCE_SECONDS} seconds')
      as "settledAt"
    from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    [now],
  );
  return row!.settledAt;
}
