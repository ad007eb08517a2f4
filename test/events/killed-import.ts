/** Imports a file in a process of its own, which ends itself by SIGKILL: `node killed-import.ts ENGINE PLACE FILE [ROWS or STATEMENT]`. */
import { importFile } from '#events/import/import-file.ts';
import { readConfig } from '#platform/config.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import { openPglite } from '#platform/database/pglite.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { createLog } from '#platform/log.ts';

const [, , engine, place, file, killAt = ''] = process.argv as [
  string,
  string,
  string,
  string,
  string,
  string?,
];
const killAtRows = /^\d+$/.test(killAt) ? Number(killAt) : Infinity;
const kill = () => process.kill(process.pid, 'SIGKILL');
const onStatement = (text: string) => {
  if (killAtRows === Infinity && killAt !== '' && text.includes(killAt)) kill();
};
const db =
  engine === 'pglite'
    ? await openPglite({ folder: place, onStatement })
    : await openPostgres({ url: place, poolSize: 2, statementTimeoutMs: 60_000, onStatement });
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
