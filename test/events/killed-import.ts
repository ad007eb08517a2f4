/** Imports a file in a process of its own, which ends itself by SIGKILL: `node killed-import.ts ENGINE PLACE FILE [ROWS]`. */
import { importFile } from '#events/import/import-file.ts';
import { readConfig } from '#platform/config.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import { openPglite } from '#platform/database/pglite.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { createLog } from '#platform/log.ts';

const [, , engine, place, file, rows] = process.argv as [string, string, string, string, string, string?];
const killAtRows = rows === undefined ? Infinity : Number(rows);
const kill = () => process.kill(process.pid, 'SIGKILL');
const db =
  engine === 'pglite'
    ? await openPglite({ folder: place })
    : await openPostgres({ url: place, poolSize: 2, statementTimeoutMs: 60_000 });
const app = {
  config: readConfig({ LOG_LEVEL: 'silent' }),
  db,
  keyring: createKeyring(new Map([['test', Buffer.alloc(32, 1)]]), Buffer.alloc(32, 2)),
  log: createLog('silent'),
  clock: () => new Date(),
  onClose: [],
};
// Soon after the start, so that nothing is written yet, or the first batch in part.
if (killAtRows === 0) setTimeout(kill, 100);
const summary = await importFile(app, {
  file,
  format: 'online-retail',
  onProgress: ({ rowsDone }) => {
    if (rowsDone >= killAtRows) kill();
  },
});
process.send!({ summary });
await db.close();
process.disconnect();
