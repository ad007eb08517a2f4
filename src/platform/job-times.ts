/** Times of the job queue that are in the future because the clock was set back. */
import type { Database } from './database/database.ts';

/** Longer than the delay of a retry; no job is scheduled for a later time. */
const TOLERANCE = "interval '1 minute'";

/** Without it, schedules and waiting jobs would pause until the clock reaches their times again. */
export async function forgetFutureTimes(db: Database): Promise<void> {
  await db.query(`/* jobs.futureClaims */
    update jobs.version
    set cron_on = least(cron_on, now()), bam_on = least(bam_on, now()), flow_on = least(flow_on, now()),
      reindex_on = least(reindex_on, now()), monitor_backoff_on = least(monitor_backoff_on, now())
    where greatest(cron_on, bam_on, flow_on, reindex_on, monitor_backoff_on) > now() + ${TOLERANCE}`);
  await db.query(`/* jobs.futureQueues */
    update jobs.queue
    set monitor_claim_on = least(monitor_claim_on, now()), maintain_on = least(maintain_on, now())
    where greatest(monitor_claim_on, maintain_on) > now() + ${TOLERANCE}`);
  await db.query(`/* jobs.futureJobs */
    update jobs.job set start_after = now() where state < 'active' and start_after > now() + ${TOLERANCE}`);
}
