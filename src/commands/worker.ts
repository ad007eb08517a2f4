/** `c360 worker`: background jobs in a separate process. */
import { readConfig } from '#platform/config.ts';
import { startJobs } from '#platform/jobs.ts';
import type { Command } from 'commander';

import { jobs } from '#main/jobs.ts';
import { openApp } from '#main/open-app.ts';
import { examples } from './examples.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { note } from './terminal.ts';

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description(
      'run background jobs and their schedules until stopped; `serve` does so itself on the embedded database',
    )
    .addHelpText(
      'after',
      `\nJobs:\n${describeJobs()}\n${examples('worker   # with DATABASE_URL=postgres://… set')}`,
    )
    .action(async () => {
      const app = await openApp(readConfig(process.env), 'worker');
      const runner = await startJobs(app, jobs);
      note(`Working on ${jobs.length} kinds of jobs.`);
      stopOnSignal(app.log, async () => {
        await runner.stop();
        await app.close();
      });
    });
}

function describeJobs(): string {
  const width = Math.max(...jobs.map(({ name }) => name.length));
  return jobs
    .map(
      ({ name, schedule = '', description }) =>
        `  ${name.padEnd(width)}  ${schedule.padEnd(12)}  ${description}`,
    )
    .join('\n');
}
