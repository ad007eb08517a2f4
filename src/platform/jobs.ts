/** Background jobs and their schedules, on a queue inside the database. */
import { fromPglite, PgBoss, type ConstructorOptions } from 'pg-boss';

import { type App, perApp } from './app.ts';
import type { EmbeddedDatabase } from './database/pglite.ts';
import { forgetFutureTimes } from './job-times.ts';
import { createProgressReport, forgetOldProgress, type ReportProgress } from './job-progress.ts';
import { steadyClock } from './steady-clock.ts';

export interface JobDefinition {
  /** Name of the queue: `profiles.recompute`. */
  readonly name: string;
  /** Cron expression in UTC. Occurrences that were missed while no worker ran are made up for by one run. */
  readonly schedule?: string;
  readonly description: string;
  /**
   * `signal`, an error or the end of the process may interrupt it; it then runs again from the start with the same
   * data, so it must be idempotent. At most one run per job is active over all processes.
   */
  run(
    app: App,
    data: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    report: ReportProgress,
  ): Promise<void>;
}

export interface JobRunner {
  /** Lets active runs finish for `graceMs`, then interrupts them; the next runner runs them again. */
  stop(graceMs?: number): Promise<void>;
}

/** A run without a heartbeat for this time is considered dead and runs again; also the interval of the check. */
const HEARTBEAT_SECONDS = 20;
const SUPERVISE_SECONDS = 10;
const EXPIRE_SECONDS = 6 * 3600;
const RETRY_LIMIT = 5;
/** A new job wakes its worker at once; only a retry waits for the next poll. */
const POLL_SECONDS = 3;
const STOP_GRACE_MS = 5_000;
const SCHEMA = 'jobs';
const CLOCK_CHECK_MS = 60_000;

/** One client of the queue per process, whether it sends, runs, or both. */
const sender = perApp((app) => {
  let boss: Promise<PgBoss> | undefined;
  return () => {
    boss ??= openBoss(app, { supervise: false, schedule: false });
    return boss;
  };
});

/**
 * Enqueues a run of the job, for a worker of any process. While one waits, no second one is enqueued: the waiting run
 * will read the current state.
 */
export async function enqueueJob(
  app: App,
  job: Pick<JobDefinition, 'name'>,
  data: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const boss = await sender(app)();
  await createQueue(boss, job.name);
  await boss.send(job.name, data);
}

/** Puts a failed job back into the queue. */
export async function retryJob(app: App, job: { readonly name: string; readonly id: string }): Promise<void> {
  const boss = await sender(app)();
  await boss.retry(job.name, job.id);
}

/** Runs these jobs in this process until stopped. A failure is logged and retried; nothing throws here. */
export async function startJobs(app: App, definitions: readonly JobDefinition[]): Promise<JobRunner> {
  const stopping = new AbortController();
  const boss = await openBoss(app, { supervise: true, schedule: true });
  await forgetFutureTimes(app.db);
  await forgetOldProgress(app.db, app.clock());
  const clockCheck = setInterval(() => {
    forgetFutureTimes(app.db).catch((error: unknown) => app.log.warn({ error }, 'times of jobs not checked'));
  }, CLOCK_CHECK_MS);
  clockCheck.unref();
  for (const definition of definitions) {
    await createQueue(boss, definition.name);
    if (app.db.engine === 'pglite') await returnOrphans(boss, definition.name);
    if (definition.schedule === undefined) await boss.unschedule(definition.name);
    else await boss.schedule(definition.name, definition.schedule, {}, { tz: 'UTC', missed: 'once' });
    await boss.work<Record<string, unknown>>(
      definition.name,
      { pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: POLL_SECONDS },
      async ([job]) => {
        if (job === undefined) return;
        const startedAt = performance.now();
        const log = app.log.child({ job: definition.name, runId: job.id });
        try {
          const signal = AbortSignal.any([job.signal, stopping.signal]);
          const report = createProgressReport(app.db, job.id, app.clock);
          await definition.run(app, job.data, signal, report);
          // An interrupted job that returns normally has not completed.
          signal.throwIfAborted();
        } catch (error) {
          if (stopping.signal.aborted) log.info('interrupted, will run again');
          else log.error({ error }, 'job failed');
          throw error;
        }
        log.info({ durationMs: Math.round(performance.now() - startedAt) }, 'job done');
      },
    );
  }
  return {
    async stop(graceMs = STOP_GRACE_MS) {
      clearInterval(clockCheck);
      const timer = setTimeout(() => stopping.abort(new Error('the process stops')), graceMs);
      await boss.stop({ graceful: true, timeout: graceMs + STOP_GRACE_MS });
      clearTimeout(timer);
    },
  };
}

async function openBoss(app: App, options: ConstructorOptions): Promise<PgBoss> {
  const boss = new PgBoss({
    ...connection(app),
    ...options,
    schema: SCHEMA,
    clock: steadyClock,
    // Sleep of the machine, or a change of its clock, is noticed as quickly.
    clockMonitorIntervalSeconds: CLOCK_CHECK_MS / 1000,
    useListenNotify: true,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
  });
  boss.on('error', (error) => app.log.error({ error }, 'job queue'));
  boss.on('warning', ({ message }) => {
    // Its clock is the steady clock, which deviates from the system's clock after a change; it corrects for that.
    if (!message.includes('Clock skew')) app.log.warn({ warning: message }, 'job queue');
  });
  await boss.start();
  app.onClose.push(() => boss.stop({ graceful: false }));
  return boss;
}

function connection(app: App): ConstructorOptions {
  if (app.config.databaseUrl === null) {
    return { db: fromPglite(embeddedClient(app.db as EmbeddedDatabase)), backend: 'pglite' };
  }
  return { connectionString: app.config.databaseUrl, application_name: 'c360 jobs', max: 3 };
}

function embeddedClient(db: EmbeddedDatabase): Parameters<typeof fromPglite>[0] {
  return {
    query: async (text, values = []) => ({
      rows: await db.query(
        text,
        values.map((value) => value ?? null),
      ),
    }),
    exec: async (script) => [{ rows: await db.executeRows(script) }],
    listen: (channel, onMessage) => db.listen(channel, onMessage),
  };
}

async function createQueue(boss: PgBoss, name: string): Promise<void> {
  if ((await boss.getQueue(name)) !== null) return;
  await boss.createQueue(name, {
    // One waiting, one running, over all processes.
    policy: 'stately',
    notify: true,
    retryLimit: RETRY_LIMIT,
    retryDelay: 1,
    retryBackoff: true,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    expireInSeconds: EXPIRE_SECONDS,
  });
}

/**
 * An embedded database has one process, so a run that is active before any was started is from a process that ended.
 */
async function returnOrphans(boss: PgBoss, name: string): Promise<void> {
  const jobs = await boss.findJobs(name);
  const orphans = jobs.filter((job) => job.state === 'active').map((job) => job.id);
  if (orphans.length > 0) await boss.fail(name, orphans, { message: 'its process ended' });
}
