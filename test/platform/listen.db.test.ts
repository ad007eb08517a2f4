import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { openPostgres } from '#platform/database/postgres.ts';
import postgres from 'postgres';
import { describe, expect, test } from 'vitest';

const url = process.env['TEST_DATABASE_URL']!;
const limits = { poolSize: 2, statementTimeoutMs: 0 };
const CHANNEL = 'listen-test "quoted"';

describe.skipIf(process.env['TEST_ENGINE'] !== 'postgres')('listening on a server', () => {
  test('delivers what is sent on its channel until it is stopped', async () => {
    const db = await openPostgres({ url, ...limits });
    const heard: string[] = [];
    const stop = await db.listen(CHANNEL, (payload) => heard.push(payload));
    const send = (payload: string) => db.query('select pg_notify($1, $2)', [CHANNEL, payload]);
    const other = await db.listen('another', () => heard.push('wrong'));

    await send('é one');
    await expect.poll(() => heard).toEqual(['é one']);
    await stop();
    await send('two');
    await send('three');

    const again = await db.listen(CHANNEL, (payload) => heard.push(payload));
    await send('four');
    await expect.poll(() => heard).toEqual(['é one', 'four']);
    await again();
    await other();
    await db.close();
  });

  test.each(['forget', 'cut'] as const)(
    'goes on when the network has lost its connection: %s',
    { timeout: 60_000 },
    async (how) => {
      const network = await openNetwork();
      const db = await openPostgres({ url: network.url, ...limits });
      const server = postgres(url, { max: 1 });
      const heard: string[] = [];
      let connects = 0;
      const stop = await db.listen(
        CHANNEL,
        (payload) => heard.push(payload),
        () => (connects += 1),
      );
      expect(connects).toBe(1);

      network[how]();
      await expect.poll(() => connects, { timeout: 30_000 }).toBe(2);
      await server.notify(CHANNEL, 'still here');

      await expect.poll(() => heard).toEqual(['still here']);
      await stop();
      await server.end();
      await db.close();
      network.close();
    },
  );
});

/** A way to the server that can drop what passes without a word, or end its connections. */
async function openNetwork() {
  const sockets = new Set<Socket>();
  const { port, hostname } = new URL(url);
  const gate = createServer((incoming) => {
    const outgoing = connect(Number(port || 5432), hostname);
    for (const socket of [incoming, outgoing]) {
      const other = socket === incoming ? outgoing : incoming;
      sockets.add(socket.on('error', () => {}));
      socket.on('close', () => other.destroy());
      socket.on('data', (bytes: Buffer) => other.write(bytes));
    }
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((gate.address() as AddressInfo).port);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: through.href,
    cut,
    forget() {
      for (const socket of sockets) socket.removeAllListeners('data').resume();
    },
    close() {
      gate.close();
      cut();
    },
  };
}
