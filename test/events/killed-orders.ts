/** Records orders of 500 new people in a process of its own, which ends itself by SIGKILL: `node killed-orders.ts ENGINE PLACE STATEMENT`. */
import { recordOrdersEach } from '#events/service.ts';
import { readConfig } from '#platform/config.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import { openPglite } from '#platform/database/pglite.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { createLog } from '#platform/log.ts';

const [, , engine, place, killAt] = process.argv as [string, string, string, string, string];
const onStatement = (text: string) => {
  if (text.includes(killAt)) process.kill(process.pid, 'SIGKILL');
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
const orders = Array.from({ length: 500 }, (_, index) => ({
  customerId: null,
  customer: { email: `killed-${index}@example.com` },
  source: 'shop',
  number: String(index),
  placedAt: new Date('2026-01-01T12:00:00Z'),
  lines: [{ sku: 'A', quantity: 1, unitPrice: '2.50' }],
}));
await recordOrdersEach(app, orders);
process.send!('recorded');
await db.close();
process.disconnect();
