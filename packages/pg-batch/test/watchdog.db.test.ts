import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { describe, expect, test } from 'vitest';

import { Session } from '../src/session.ts';
import { isEmbedded, prepareConnections } from './connections.ts';

describe.skipIf(isEmbedded)('a connection whose server stays silent', () => {
  const { server, open, settings } = prepareConnections();
  const ask = (connection: ReturnType<typeof open>, text: string) =>
    connection.queryBatched(text, [], true).catch((error: { code: string }) => error.code);

  test('is given up once the server says that it runs nothing for it, without any time limit', async () => {
    const network = await openNetwork(server.options.port[0]!, server.options.host[0]!);
    const connection = open({ host: ['127.0.0.1'], port: [network.port] });
    expect(await ask(connection, 'select 1 as one')).toEqual([{ one: 1 }]);

    network.forget();
    const lost = ask(connection, 'select 2 as two');

    expect(await lost).toBe('CONNECTION_CLOSED');
    expect(await ask(connection, 'select 3 as three')).toEqual([{ three: 3 }]);
    network.close();
  });

  test('is kept while the server runs what it waits for', async () => {
    const connection = open();

    // Asked about after one second and after two.
    expect(await ask(connection, 'select pg_sleep(3)::text as done')).toEqual([{ done: '' }]);
  });

  test('is opened by another attempt beside one that hangs', async () => {
    const network = await openNetwork(server.options.port[0]!, server.options.host[0]!);
    network.freeze();
    const opened = Promise.withResolvers<string>();
    const session = new Session(
      { ...settings(), host: ['127.0.0.1'], port: [network.port], connect_timeout: 30 },
      {
        onReady: () => opened.resolve('ready'),
        onMessage() {},
        onClose: (error) => opened.resolve(String(error)),
      },
    );
    await network.reached;

    network.forget();

    expect(await opened.promise).toBe('ready');
    expect(await network.openCount()).toBe(1);
    session.destroy(new Error('done'));
    network.close();
  });
});

/** A way to a server that drops what passes on the connections it has, without a word. */
async function openNetwork(port: number, host: string) {
  const sockets = new Set<Socket>();
  const reached = Promise.withResolvers<void>();
  let isFrozen = false;
  const gate = createServer((incoming) => {
    const outgoing = connect(port, host);
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket.on('error', () => {}));
      socket.on('close', () => {
        sockets.delete(socket);
        (socket === incoming ? outgoing : incoming).destroy();
      });
      socket.on('data', (bytes: Buffer) => (socket === incoming ? outgoing : incoming).write(bytes));
      if (isFrozen) socket.pause();
    }
    reached.resolve();
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  return {
    port: (gate.address() as AddressInfo).port,
    reached: reached.promise,
    freeze: () => (isFrozen = true),
    forget() {
      isFrozen = false;
      for (const socket of sockets) socket.removeAllListeners('data').resume();
    },
    /** Connections through it, once the losing attempts are gone. */
    async openCount() {
      await expect.poll(() => sockets.size).toBe(2);
      return sockets.size / 2;
    },
    close() {
      gate.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
