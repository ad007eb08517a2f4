/** Several gateway processes behind one port. Serves no request itself. */
import cluster, { type Worker } from 'node:cluster';

import { type JobRunner, startJobs } from '#platform/jobs.ts';

import { jobs } from '#main/jobs.ts';
import type { OpenApp } from '#main/open-app.ts';
import { CommandError } from './failure.ts';
import { stopOnSignal } from './stop-on-signal.ts';

/** A worker that ends sooner after its start is not restarted at once. */
const RESTART_DELAY_MS = 1_000;

/** Resolves when all workers listen. The database is migrated already, so they only open it. */
export async function runWorkers(app: OpenApp, withJobs: boolean): Promise<void> {
  const { log } = app;
  let isStopping = false;
  await Promise.all(Array.from({ length: app.config.workers }, startWorker)).catch(async (error: unknown) => {
    for (const worker of livingWorkers()) worker.process.kill('SIGKILL');
    await app.close();
    throw error;
  });
  cluster.on('exit', (worker, code, signal) => {
    if (isStopping) return;
    log.error({ pid: worker.process.pid, code, signal }, 'a worker ended and is replaced');
    setTimeout(() => {
      // If it fails again, its exit is handled here too.
      if (!isStopping) startWorker().catch(() => {});
    }, RESTART_DELAY_MS);
  });
  const runner: JobRunner | null = withJobs ? await startJobs(app, jobs) : null;
  stopOnSignal(log, async () => {
    isStopping = true;
    const workers = livingWorkers();
    const ended = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for (const worker of workers) worker.process.kill('SIGTERM');
    await Promise.all(ended);
    await runner?.stop();
    await app.close();
  });
}

function startWorker(): Promise<void> {
  const worker = cluster.fork();
  return new Promise((resolve, reject) => {
    worker.once('listening', () => resolve());
    // It has printed its reason on the standard error itself.
    worker.once('exit', () => reject(new CommandError('A worker process did not start.')));
  });
}

function livingWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}
