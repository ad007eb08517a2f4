import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, TLSSocket } from 'node:tls';

import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { canStartServer, type PrivateServer, startServer } from '../../../test/support/private-server.ts';
import { requestCancel } from '../src/cancel-request.ts';
import { readServerError } from '../src/errors.ts';
import { ReconnectingConnection } from '../src/reconnecting-connection.ts';
import { Session } from '../src/session.ts';
import type { ServerSettings } from '../src/settings.ts';
import { Watchdog } from '../src/watchdog.ts';

/** Roles are named after the way they log in. */
const ACCESS = [
  'host all trusted 127.0.0.1/32 trust',
  'host all cleartext 127.0.0.1/32 password',
  'host all hashed 127.0.0.1/32 md5',
  'host all proven 127.0.0.1/32 scram-sha-256',
  'host all composed 127.0.0.1/32 scram-sha-256',
  'hostssl all encrypted 127.0.0.1/32 scram-sha-256',
  'hostnossl all plain 127.0.0.1/32 scram-sha-256',
];
const PASSWORD = "p,=ä ss'wörd%";

const isSkipped = process.env['TEST_ENGINE'] !== 'postgres' || !canStartServer;

describe.skipIf(isSkipped)('a login for batched queries', () => {
  let server: PrivateServer;
  const watchdogs: Watchdog[] = [];
  afterEach(() => watchdogs.splice(0).forEach((watchdog) => watchdog.close()));
  beforeAll(async () => {
    server = await startServer(ACCESS);
    const admin = postgres(urlOf('postgres'), { max: 1, onnotice: () => {} });
    for (const encryption of ['md5', 'scram-sha-256']) {
      await admin.unsafe(`set password_encryption = '${encryption}'`);
      const roles =
        encryption === 'md5' ? ['hashed'] : ['trusted', 'cleartext', 'proven', 'encrypted', 'plain'];
      for (const role of roles)
        await admin.unsafe(`create role ${role} login password '${PASSWORD.replaceAll("'", "''")}'`);
    }
    await admin.end();
  });
  afterAll(() => server?.stop());

  function urlOf(role: string, password = PASSWORD): string {
    const url = new URL('postgres://127.0.0.1/postgres');
    url.port = String(server.port);
    url.username = role;
    url.password = encodeURIComponent(password);
    return url.href;
  }

  function openConnection(settings: ServerSettings): ReconnectingConnection {
    const watchdog = new Watchdog(settings);
    watchdogs.push(watchdog);
    return new ReconnectingConnection(settings, watchdog);
  }

  /** The user that is logged in, and whether it is encrypted; or the error. */
  async function logIn(url: string, options: postgres.Options<Record<string, never>> = {}): Promise<unknown> {
    const { options: settings } = postgres(url, { max: 1, ...options });
    const connection = openConnection(settings as unknown as ServerSettings);
    try {
      const [row] = await connection.queryBatched(
        'select current_user::text as role, ssl from pg_stat_ssl where pid = pg_backend_pid()',
        [],
        true,
      );
      return row;
    } catch (error) {
      return (error as { code?: string }).code ?? error;
    } finally {
      await connection.close(1_000);
    }
  }

  test.each(['trusted', 'cleartext', 'hashed', 'proven'])(
    'is let in by the way of a %s role',
    async (role) => {
      expect(await logIn(urlOf(role))).toEqual({ role, ssl: false });
    },
  );

  test.each(['cleartext', 'hashed', 'proven'])(
    'says that the password of a %s role is wrong',
    async (role) => {
      expect(await logIn(urlOf(role, 'wrong'))).toBe('28P01');
    },
  );

  test('takes a Unix socket where the host is a folder', async () => {
    expect(await logIn(urlOf('proven', 'wrong'), { host: server.folder })).toEqual({
      role: 'proven',
      ssl: false,
    });
  });

  test('asks a function for the password where there is one', async () => {
    const url = urlOf('proven', '');
    const options = postgres(url, { max: 1, password: async () => PASSWORD })
      .options as unknown as ServerSettings;
    const connection = openConnection(options);

    expect(await connection.queryBatched('select 1 as one', [], true)).toEqual([{ one: 1 }]);
    await connection.close(1_000);
  });

  test.each([
    ['require', {}],
    ['prefer', {}],
  ] as const)('encrypts where TLS is asked for by sslmode=%s', async (mode, options) => {
    expect(await logIn(`${urlOf('encrypted')}?sslmode=${mode}`, options)).toEqual({
      role: 'encrypted',
      ssl: true,
    });
  });

  test('looks at the certificate where that is asked for', async () => {
    const url = urlOf('encrypted');

    expect(await logIn(url, { ssl: { ca: server.certificate } })).toEqual({ role: 'encrypted', ssl: true });
    expect(await logIn(`${url}?sslmode=verify-full`)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  test('reads long rows through TLS too', async () => {
    const settings = postgres(`${urlOf('encrypted')}?sslmode=require`).options as unknown as ServerSettings;
    const connection = openConnection(settings);

    const rows = await connection.queryBatched(
      `select repeat('é', 300000) as text from generate_series(1, 5)`,
      [],
      true,
    );

    expect(rows).toEqual(Array.from({ length: 5 }, () => ({ text: 'é'.repeat(300_000) })));
    await connection.close(1_000);
  });

  test('takes a password in any form that Unicode holds for the same', async () => {
    const admin = postgres(urlOf('postgres'), { max: 1, onnotice: () => {} });
    // A space that does not break, a ligature and a soft hyphen: stored as "a fi b".
    await admin.unsafe(`create role composed login password 'a\u00a0\ufb01\u00ad b'`);
    await admin.end();

    expect(await logIn(urlOf('composed', 'a fi b'))).toEqual({ role: 'composed', ssl: false });
    expect(await logIn(urlOf('composed', 'a\u00a0\ufb01\u00ad b'))).toEqual({ role: 'composed', ssl: false });
  });

  test('tells a man in the middle from the server, although no certificate is looked at', async () => {
    const proxy = await openMiddle(server.port);
    const url = new URL(`${urlOf('encrypted')}?sslmode=require`);
    url.port = String(proxy.port);

    expect(await logIn(url.href)).toBe('28000');
    expect(proxy.encrypted()).toBe(1);
    proxy.close();
  });

  test('asks to cancel as it logged in: encrypted where the session is', async () => {
    const relay = await openRelay(server.port);
    for (const [role, mode] of [
      ['encrypted', 'require'],
      ['plain', 'disable'],
    ] as const) {
      const url = new URL(`${urlOf(role)}?sslmode=${mode}`);
      url.port = String(relay.port);
      const settings = postgres(url.href).options as unknown as ServerSettings;
      const { session, errors, closed } = await openSession(settings);
      session.write(SLEEP, () => {});
      // A request that arrives before the statement has begun cancels nothing.
      await expect
        .poll(
          async () => {
            if (errors.length === 0) await requestCancel(settings, session, 5_000);
            return errors;
          },
          { timeout: 15_000 },
        )
        .toEqual(['57014']);
      session.destroy(new Error('done'));
      await closed;
    }

    const TLS_REQUEST = 80_877_103;
    expect(relay.codes).toEqual([TLS_REQUEST, TLS_REQUEST, 196_608, 80_877_102]);
    relay.close();
  });

  test('is refused where the server wants it otherwise', async () => {
    expect(await logIn(urlOf('encrypted'))).toBe('28000');
    expect(await logIn(`${urlOf('plain')}?sslmode=require`)).toBe('28000');
    expect(await logIn(urlOf('nobody'))).toBe('28000');
  });

  test('goes on unencrypted to a server without TLS only where that is allowed', async () => {
    const admin = postgres(urlOf('postgres'), { max: 1, onnotice: () => {} });
    await admin.unsafe('alter system set ssl = off');
    await admin`select pg_reload_conf()`;
    await expect.poll(async () => (await admin`show ssl`)[0]!['ssl'] as string).toBe('off');

    expect(await logIn(`${urlOf('plain')}?sslmode=prefer`)).toEqual({ role: 'plain', ssl: false });
    expect(await logIn(`${urlOf('plain')}?sslmode=require`)).toBe('TLS_REFUSED');
    await admin.end();
  });
});

/** `select pg_sleep(30)` by the simple query protocol. */
const SLEEP = Buffer.concat([Buffer.from([0x51, 0, 0, 0, 24]), Buffer.from('select pg_sleep(30)\0')]);

async function openSession(settings: ServerSettings) {
  const errors: string[] = [];
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const session = new Session(settings, {
    onReady: ready.resolve,
    onMessage(type, bytes, start, end) {
      if (type === 'E'.charCodeAt(0))
        errors.push((readServerError(bytes, start, end) as { code: string }).code);
    },
    onClose: (error) => {
      ready.reject(error);
      closed.resolve();
    },
  });
  await ready.promise;
  return { session, errors, closed: closed.promise };
}

async function listen(onConnection: (incoming: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    sockets.add(incoming.on('error', () => {}));
    onConnection(incoming);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Notes by which code each connection begins. */
async function openRelay(port: number) {
  const codes: number[] = [];
  const relay = await listen((incoming) => {
    const outgoing = connect(port, '127.0.0.1').on('error', () => {});
    incoming.once('data', (bytes: Buffer) => codes.push(bytes.readInt32BE(4)));
    incoming.pipe(outgoing).pipe(incoming);
  });
  return { ...relay, codes };
}

/** Reads along: encrypted towards either side, with a certificate of its own. */
async function openMiddle(port: number) {
  let count = 0;
  const folder = mkdtempSync(join(tmpdir(), 'c360-middle-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [...'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=middle -keyout'.split(' '), key, '-out', cert],
    { stdio: 'ignore' },
  );
  const secrets = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  const middle = await listen((incoming) => {
    const outgoing = connect(port, '127.0.0.1').on('error', () => {});
    incoming.once('data', (request: Buffer) => {
      outgoing.write(request);
      outgoing.once('data', (answer: Buffer) => {
        incoming.write(answer);
        count += 1;
        const inner = new TLSSocket(incoming, { isServer: true, ...secrets }).on('error', () => {});
        const outer = connectTls({ socket: outgoing, rejectUnauthorized: false }).on('error', () => {});
        inner.pipe(outer).pipe(inner);
      });
    });
  });
  return { ...middle, encrypted: () => count };
}
