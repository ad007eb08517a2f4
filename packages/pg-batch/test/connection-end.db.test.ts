import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { isEmbedded, prepareConnections } from './connections.ts';

describe.skipIf(isEmbedded)('the end of a connection for batched queries', () => {
  const { server, open } = prepareConnections();

  test('settles every batched query when the server ends its session, and opens another', async () => {
    const connection = open();
    const ask = () =>
      connection.queryBatched('select pg_backend_pid() as pid, pg_sleep(0.001)', [], true).then(
        () => 'answered',
        (error: { code: string }) => error.code,
      );
    const settled: string[] = [];
    const asking = { isOver: false };
    const askOn = async () => {
      while (!asking.isOver) settled.push(await ask());
    };
    const askers = Promise.all(Array.from({ length: 20 }, askOn));

    for (let kill = 0; kill < 5; kill += 1) {
      const before = settled.length;
      await expect.poll(() => settled.slice(before), { interval: 5, timeout: 10_000 }).toContain('answered');
      await server`select pg_terminate_backend(pid) from pg_stat_activity
        where query like 'select pg_backend_pid() as pid, pg_sleep%' and datname = current_database()`;
    }
    asking.isOver = true;
    await askers;

    const codes = new Set(settled);
    expect(codes.delete('answered')).toBe(true);
    expect(codes.size).toBeGreaterThan(0);
    expect([...codes].filter((code) => !['CONNECTION_CLOSED', 'ECONNRESET', 'EPIPE'].includes(code))).toEqual(
      [],
    );
    expect(await ask()).toBe('answered');
    expect(connection.load).toBe(0);
  });

  test('tells at once that nobody listens, and is there again when the server is', async () => {
    const { host, port } = server.options;
    const gate = await openGate(port[0]!, host[0]!);
    const connection = open({ host: ['127.0.0.1'], port: [gate.port], path: false });
    const ask = () =>
      connection.queryBatched('select 1 as one', [], true).catch((error: { code: string }) => error.code);
    expect(await ask()).toEqual([{ one: 1 }]);

    await gate.shut();
    expect(await Promise.all([ask(), ask()])).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
    expect(await ask()).toBe('ECONNREFUSED');
    await gate.open();

    expect(await ask()).toEqual([{ one: 1 }]);
    await connection.close(1_000);
    await gate.shut();
  });

  test('gives up on a server that does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const port = (silent.address() as AddressInfo).port;
    const connection = open({ host: ['127.0.0.1'], port: [port], path: false, connect_timeout: 0.1 });

    await expect(connection.queryBatched('select 1', [], true)).rejects.toMatchObject({
      code: 'CONNECT_TIMEOUT',
    });
    silent.close();
  });

  test('is replaced when it is old, and ended when nobody asks, with no batched query lost', async () => {
    const connection = open({ max_lifetime: 0.15, idle_timeout: 0.1 });
    const pids = new Set<unknown>();
    const ask = async () => {
      const [row] = (await connection.queryBatched(
        'select pg_backend_pid() as pid, pg_sleep(0.001)',
        [],
        true,
      )) as { pid: number }[];
      pids.add(row!.pid);
      return row!.pid;
    };

    for (const end = Date.now() + 10_000; pids.size <= 2 && Date.now() < end;) {
      await Promise.all([ask(), ask(), ask()]);
    }
    const last = await ask();

    expect(pids.size).toBeGreaterThan(2);
    const sessions = async () => (await server`select 1 from pg_stat_activity where pid = ${last}`).length;
    await expect.poll(sessions, { timeout: 10_000 }).toBe(0);
    expect(await ask()).not.toBe(last);
  });

  test('is closed behind what is under way, and takes nothing more', async () => {
    const connection = open();
    const asked = connection.queryBatched('select pg_sleep(0.1)::text as done', [], true);

    const closed = connection.close(5_000);

    await expect(connection.queryBatched('select 1', [], true)).rejects.toMatchObject({
      code: 'CONNECTION_ENDED',
    });
    expect(await asked).toEqual([{ done: '' }]);
    await closed;
  });

  test('is closed in time, whatever is under way', async () => {
    const connection = open();
    const asked = connection
      .queryBatched('select pg_sleep(60)', [], true)
      .catch((error: { code: string }) => error.code);
    await wait(100);

    await connection.close(50);

    expect(await asked).toBe('CONNECTION_DESTROYED');
  });
});

/** A door to a server that can be shut. */
async function openGate(port: number, host: string) {
  const sockets = new Set<Socket>();
  const gate = createServer((incoming) => {
    const outgoing = connect(port, host);
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => [incoming, outgoing].forEach((one) => one.destroy()));
    }
    incoming.pipe(outgoing).pipe(incoming);
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const own = (gate.address() as AddressInfo).port;
  return {
    port: own,
    async open() {
      gate.listen(own, '127.0.0.1');
      await once(gate, 'listening');
    },
    async shut() {
      gate.close();
      for (const socket of sockets) socket.destroy();
      await once(gate, 'close');
      // The other side has yet to see it.
      await wait(20);
    },
  };
}
