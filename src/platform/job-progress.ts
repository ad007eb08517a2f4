/** How far runs of jobs are, for any process: written by the run, read beside the queue. */
import type { Database } from './database/database.ts';

/** Rows written between two looks are counted by the next one. */
const MIN_INTERVAL_MS = 500;
/** Longer than the queue keeps a run. */
const KEPT_DAYS = 15;

/** @param total null where it is not known */
export type ReportProgress = (done: number, total: number | null) => Promise<void>;

/** Writes the first and the last figure, and no more than two a second between. */
export function createProgressReport(db: Database, jobId: string, clock: () => Date): ReportProgress {
  let writtenAtMs = -Infinity;
  return async (done, total) => {
    const nowMs = performance.now();
    if (nowMs - writtenAtMs < MIN_INTERVAL_MS && done !== total) return;
    writtenAtMs = nowMs;
    await db.query(
      `/* jobs.progress */
      insert into job_progress (job_id, done, total, updated_at) values ($1::uuid, $2, $3, $4::timestamptz)
      on conflict (job_id) do update set done = excluded.done, total = excluded.total, updated_at = excluded.updated_at`,
      [jobId, done, total, clock()],
    );
  };
}

export async function forgetOldProgress(db: Database, now: Date): Promise<void> {
  await db.query(`/* jobs.forgetProgress */ delete from job_progress where updated_at < $1::timestamptz`, [
    new Date(now.getTime() - KEPT_DAYS * 86_400_000),
  ]);
}
