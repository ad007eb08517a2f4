/** Reads of the queue of background jobs, with how far each run is. Writes nothing. */
import type { Database } from '#platform/database/database.ts';

import type { Page } from './connections.ts';
import { keyset } from './keyset.ts';

export type JobState = 'waiting' | 'retrying' | 'running' | 'done' | 'failed' | 'cancelled';

export interface JobRow {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  readonly retryCount: number;
  readonly retryLimit: number;
  readonly createdAt: Date;
  readonly dueAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly aliveAt: Date | null;
  readonly failure: string | null;
  readonly done: number | null;
  readonly total: number | null;
}

export interface JobFilter {
  /** Null for all. */
  readonly states: readonly JobState[] | null;
  readonly name: string | null;
}

const STATE = `case job.state::text when 'created' then 'waiting' when 'retry' then 'retrying'
    when 'active' then 'running' when 'completed' then 'done' else job.state::text end`;
const CREATED = `date_trunc('milliseconds', job.created_on)`;

const COLUMNS = `job.id, job.name, ${STATE} as state, job.retry_count as "retryCount", job.retry_limit as "retryLimit",
  ${CREATED} as "createdAt", job.start_after as "dueAt", job.started_on as "startedAt",
  job.completed_on as "finishedAt", job.heartbeat_on as "aliveAt",
  left(coalesce(job.output->>'message', job.output->'value'->>'message'), 500) as failure,
  progress.done, progress.total`;

const CONDITIONS = `($1::text[] is null or ${STATE} = any($1::text[])) and ($2::text is null or job.name = $2::text)`;

export const jobsByAge = keyset<JobRow>(
  'jobs.created',
  [
    [CREATED, 'instant', ({ createdAt }) => createdAt],
    ['job.id', 'id', ({ id }) => id],
  ],
  { isDescending: true, firstParameter: 3 },
);

const jobPage = jobsByAge.texts(
  ({ where, orderBy, limit }) => `/* jobs.page */
  select ${COLUMNS} from jobs.job job left join job_progress progress on progress.job_id = job.id
  where ${CONDITIONS} and ${where} order by ${orderBy} limit ${limit}`,
);

/** The queue makes its own tables when the first process works or sends. */
async function hasQueue(db: Database): Promise<boolean> {
  const [row] = await db.query<{ isThere: boolean }>(
    `/* jobs.hasQueue */ select to_regclass('jobs.job') is not null as "isThere"`,
  );
  return row!.isThere;
}

/** Newest first. */
export async function readJobPage(db: Database, { states, name }: JobFilter, page: Page): Promise<JobRow[]> {
  if (!(await hasQueue(db))) return [];
  return db.query<JobRow>(jobPage(page), [states, name, ...jobsByAge.bind(page)]);
}

export async function countJobs(db: Database, { states, name }: JobFilter): Promise<number> {
  if (!(await hasQueue(db))) return 0;
  const [row] = await db.query<{ count: number }>(
    `/* jobs.count */ select count(*) as count from jobs.job job where ${CONDITIONS}`,
    [states, name],
  );
  return row!.count;
}

export async function readJob(db: Database, id: string): Promise<JobRow | null> {
  if (!(await hasQueue(db))) return null;
  const [row] = await db.query<JobRow>(
    `/* jobs.byId */
    select ${COLUMNS} from jobs.job job left join job_progress progress on progress.job_id = job.id
    where job.id = $1::uuid`,
    [id],
  );
  return row ?? null;
}
