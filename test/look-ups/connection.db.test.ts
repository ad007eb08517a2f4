import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { LookUpConnection } from '#platform/database/look-ups/connection.ts';
import type { ServerSettings } from '#platform/database/look-ups/settings.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import postgres, { type Sql } from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

const url = process.env['TEST_DATABASE_URL'];

describe.skipIf(process.env['TEST_ENGINE'] !== 'postgres')('a connection for look-ups', () => {
  let server: Sql;
  const opened: LookUpConnection[] = [];
  beforeAll(async () => {
    server = postgres(url!, { max: 2, onnotice: () => {} });
    // Only now it knows the arrays of the database.
    await server`select 1`;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connection) => connection.close(1_000)));
  });
  afterAll(() => server.end());

  function open(changes: Partial<ServerSettings> = {}): LookUpConnection {
    const settings = server.options as unknown as ServerSettings;
    const connection = new LookUpConnection({ ...settings, ...changes });
    opened.push(connection);
    return connection;
  }

  test('answers each of the look-ups of a turn with its own rows', async () => {
    const connection = open();

    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, place) =>
        connection.lookUp(`select $1::int as place, ${place % 7} as text`, [place], place % 3 > 0),
      ),
    );

    expect(answers).toEqual(answers.map((_, place) => [{ place, text: place % 7 }]));
    expect(connection.load).toBe(0);
  });

  test('fails those alone that the server refuses, wherever they stand in a turn', async () => {
    const connection = open();
    const divide = (by: number) => connection.lookUp('select 12 / $1::int as result', [by], true);
    await divide(1);

    const answers = await Promise.allSettled([
      divide(0),
      divide(2),
      connection.lookUp('select nonsense', [], true),
      divide(3),
      connection.lookUp('select $1::timestamptz', ['nonsense'], true),
      connection.lookUp('select 1 / $1::int', [0], false),
      divide(4),
    ]);

    expect(
      answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.code)),
    ).toEqual(['22012', [{ result: 6 }], '42703', [{ result: 4 }], undefined, '22012', [{ result: 3 }]]);
    expect(connection.load).toBe(0);
  });

  test('goes on when the tables under a prepared statement change, or the server forgets it', async () => {
    const connection = open();
    const read = () => connection.lookUp('select * from shape where id = $1', [1], true);
    const change = (text: string) => connection.lookUp(text, [], false);
    await change('create temp table shape (id int, value int)');
    await change('insert into shape values (1, 2)');
    expect(await read()).toEqual([{ id: 1, value: 2 }]);

    await change('alter table shape add column more text');
    expect(await Promise.all([read(), read()])).toEqual([
      [{ id: 1, value: 2, more: null }],
      [{ id: 1, value: 2, more: null }],
    ]);

    await change(`alter table shape alter column value type timestamptz using '2026-01-31'`);
    expect(await read()).toEqual([{ id: 1, value: new Date('2026-01-31'), more: null }]);

    await change('deallocate all');
    expect(await Promise.all([read(), read()])).toHaveLength(2);

    await change('drop table shape');
    await expect(read()).rejects.toMatchObject({ code: '42P01', name: 'PostgresError' });
  });

  test('keeps no statement that is not to be kept, whether it ran or failed', async () => {
    const connection = open();

    await Promise.allSettled([
      connection.lookUp('/* one */ select 1 / $1::int', [0], false),
      connection.lookUp('/* two */ select $1::int', [1], false),
      connection.lookUp('/* three */ select $1::int', ['x'], false),
    ]);
    await connection.lookUp('/* four */ select $1::timestamptz', ['nonsense'], false).catch(() => {});
    const kept = await connection.lookUp('/* five */ select statement from pg_prepared_statements', [], true);

    expect(kept).toEqual([{ statement: '/* five */ select statement from pg_prepared_statements' }]);
  });

  test(
    'reads rows of many megabytes, many rows, and characters that are cut in two',
    { timeout: 60_000 },
    async () => {
      const connection = open();

      const [wide, many, [cut]] = await Promise.all([
        connection.lookUp(`select repeat('é', 25000000) as text`, [], true) as Promise<{ text: string }[]>,
        connection.lookUp(`select n, n || '€😀' as text from generate_series(1, 50000) n`, [], true),
        connection.lookUp(
          `select array_agg(repeat('é€😀', 7) order by n) as texts from generate_series(1, 20000) n`,
          [],
          true,
        ) as Promise<{ texts: string[] }[]>,
      ]);

      expect(wide[0]!.text.length).toBe(25_000_000);
      expect(/^é*$/.test(wide[0]!.text)).toBe(true);
      expect(many).toEqual(
        Array.from({ length: 50_000 }, (_, place) => ({ n: place + 1, text: `${place + 1}€😀` })),
      );
      expect(new Set(cut!.texts)).toEqual(new Set(['é€😀'.repeat(7)]));
    },
  );

  test('gives bytes that stay as they are while others are read', async () => {
    const connection = open();
    const read = (value: number) =>
      connection.lookUp(
        `select decode(repeat($1::text, 5000), 'hex') as bytes`,
        [value.toString(16)],
        true,
      ) as Promise<{ bytes: Buffer }[]>;

    const [first] = await read(0xaa);
    await read(0xbb);

    expect(first!.bytes.equals(Buffer.alloc(5_000, 0xaa))).toBe(true);
  });

  test('takes parameters longer than its buffer', async () => {
    const text = 'ü'.repeat(2_000_000);

    expect(await open().lookUp('select md5($1::text) = md5($2) as same', [text, text], true)).toEqual([
      { same: true },
    ]);
  });

  test('settles every look-up when the server ends its session, and opens another', async () => {
    const connection = open();
    const ask = () =>
      connection.lookUp('select pg_backend_pid() as pid, pg_sleep(0.001)', [], true).then(
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
      connection.lookUp('select 1 as one', [], true).catch((error: { code: string }) => error.code);
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

    await expect(connection.lookUp('select 1', [], true)).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    silent.close();
  });

  test('is replaced when it is old, and ended when nobody asks, with no look-up lost', async () => {
    const connection = open({ max_lifetime: 0.15, idle_timeout: 0.1 });
    const pids = new Set<unknown>();
    const ask = async () => {
      const [row] = (await connection.lookUp(
        'select pg_backend_pid() as pid, pg_sleep(0.001)',
        [],
        true,
      )) as { pid: number }[];
      pids.add(row!.pid);
      return row!.pid;
    };

    for (const end = Date.now() + 500; Date.now() < end;) await Promise.all([ask(), ask(), ask()]);
    const last = await ask();

    expect(pids.size).toBeGreaterThan(2);
    const sessions = async () => (await server`select 1 from pg_stat_activity where pid = ${last}`).length;
    await expect.poll(sessions, { timeout: 10_000 }).toBe(0);
    expect(await ask()).not.toBe(last);
  });

  test('is closed behind what is under way, and takes nothing more', async () => {
    const connection = open();
    const asked = connection.lookUp('select pg_sleep(0.1)::text as done', [], true);

    const closed = connection.close(5_000);

    await expect(connection.lookUp('select 1', [], true)).rejects.toMatchObject({ code: 'CONNECTION_ENDED' });
    expect(await asked).toEqual([{ done: '' }]);
    await closed;
  });

  test('is closed in time, whatever is under way', async () => {
    const connection = open();
    const asked = connection
      .lookUp('select pg_sleep(60)', [], true)
      .catch((error: { code: string }) => error.code);
    await wait(100);

    await connection.close(50);

    expect(await asked).toBe('CONNECTION_DESTROYED');
  });

  test('has the settings of the process and of its URL, and those for look-ups', async () => {
    const db = await openPostgres({
      url: `${url}?search_path=pg_catalog&enable_mergejoin=on`,
      poolSize: 2,
      statementTimeoutMs: 500,
    });
    const show = (name: string) => db.forRequests.lookUp(`select current_setting('${name}') as value`);

    expect(
      await Promise.all(
        ['application_name', 'TimeZone', 'jit', 'plan_cache_mode', 'search_path', 'enable_mergejoin'].map(
          show,
        ),
      ),
    ).toEqual(['c360', 'UTC', 'off', 'force_generic_plan', 'pg_catalog', 'on'].map((value) => [{ value }]));
    await expect(db.forRequests.lookUp('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    expect(await show('jit')).toEqual([{ value: 'off' }]);
    await db.close();
  });

  test('leaves look-ups to the pool where the URL wants nothing prepared', async () => {
    const db = await openPostgres({ url: `${url}?prepare=false`, poolSize: 3, statementTimeoutMs: 1_000 });

    const rows = await db.forRequests.lookUp('select statement from pg_prepared_statements where $1', [true]);

    expect([...rows]).toEqual([]);
    await db.close();
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
