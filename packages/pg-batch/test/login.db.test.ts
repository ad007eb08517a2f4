import { ReconnectingConnection } from '../src/reconnecting-connection.ts';
import type { ServerSettings } from '../src/settings.ts';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { canStartServer, type PrivateServer, startServer } from '../../../test/support/private-server.ts';

/** Roles are named after the way they log in. */
const ACCESS = [
  'host all trusted 127.0.0.1/32 trust',
  'host all cleartext 127.0.0.1/32 password',
  'host all hashed 127.0.0.1/32 md5',
  'host all proven 127.0.0.1/32 scram-sha-256',
  'hostssl all encrypted 127.0.0.1/32 scram-sha-256',
  'hostnossl all plain 127.0.0.1/32 scram-sha-256',
];
const PASSWORD = "p,=ä ss'wörd%";

const isSkipped = process.env['TEST_ENGINE'] !== 'postgres' || !canStartServer;

describe.skipIf(isSkipped)('a login for batched queries', () => {
  let server: PrivateServer;
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

  /** Who is logged in, and whether encrypted; or the error. */
  async function logIn(url: string, options: postgres.Options<Record<string, never>> = {}): Promise<unknown> {
    const { options: settings } = postgres(url, { max: 1, ...options });
    const connection = new ReconnectingConnection(settings as unknown as ServerSettings);
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
    const connection = new ReconnectingConnection(options);

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
    const connection = new ReconnectingConnection(settings);

    const rows = await connection.queryBatched(
      `select repeat('é', 300000) as text from generate_series(1, 5)`,
      [],
      true,
    );

    expect(rows).toEqual(Array.from({ length: 5 }, () => ({ text: 'é'.repeat(300_000) })));
    await connection.close(1_000);
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
