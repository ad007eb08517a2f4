/** One import in a process of its own: `node import-worker.ts DATABASE_URL FILE`. Tells its rate and peak of memory. */
import { importFile } from '#events/import/import-file.ts';
import { readConfig } from '#platform/config.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { createLog } from '#platform/log.ts';

export interface ImportMeasure {
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

const [, , url, file] = process.argv as [string, string, string, string];
const config = readConfig({ LOG_LEVEL: 'silent' });
const db = await openPostgres({ url, poolSize: config.databasePoolSize, statementTimeoutMs: 0 });
const app = {
  config,
  db,
  keyring: createKeyring(new Map([['bench', Buffer.alloc(32, 1)]]), Buffer.alloc(32, 2)),
  log: createLog('silent'),
  clock: () => new Date(),
  onClose: [],
};
const cpuBefore = process.cpuUsage();
const { rowsRead, durationMs } = await importFile(app, { file, format: 'online-retail' });
const { user, system } = process.cpuUsage(cpuBefore);
await db.close();
const measure: ImportMeasure = {
  rows: rowsRead,
  seconds: durationMs / 1000,
  cpuSeconds: (user + system) / 1e6,
  // Kilobytes on Linux.
  peakMegabytes: process.resourceUsage().maxRSS / 1024,
};
process.send!(measure);
process.disconnect();
