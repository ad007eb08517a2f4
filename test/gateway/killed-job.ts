/** Runs a job that never ends in a process of its own, which a test kills: `node killed-job.ts DATABASE_URL JOB`. */
import { readConfig } from '#platform/config.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { startJobs } from '#platform/jobs.ts';
import { createLog } from '#platform/log.ts';

const [, , url, name] = process.argv as [string, string, string, string];
const app = {
  config: readConfig({ LOG_LEVEL: 'silent', DATABASE_URL: url }),
  db: await openPostgres({ url, poolSize: 2, statementTimeoutMs: 60_000 }),
  keyring: createKeyring(new Map([['test', Buffer.alloc(32, 1)]]), Buffer.alloc(32, 2)),
  log: createLog('silent'),
  clock: () => new Date(),
  onClose: [],
};
await startJobs(app, [
  {
    name,
    description: 'Never ends.',
    run: async (_app, data) => {
      process.send!(data);
      await new Promise(() => {});
    },
  },
]);
