/** A Postgres server of a test's own, with the ways of logging in that the test asks for. Debian's programs. */
import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findFreePort } from '../bench/postgres-server.ts';

const ROOT = '/usr/lib/postgresql';
const programs = existsSync(ROOT)
  ? readdirSync(ROOT)
      .toSorted()
      .map((version) => join(ROOT, version, 'bin'))
      .findLast((folder) => existsSync(join(folder, 'initdb')))
  : undefined;

export const canStartServer = programs !== undefined;

export interface PrivateServer {
  readonly port: number;
  /** Of its Unix socket, where everybody is let in. */
  readonly folder: string;
  /** Of the certificate that it signed itself, for 127.0.0.1. */
  readonly certificate: string;
  /** Ends every session and takes connections again when it resolves; this process goes on meanwhile. */
  restart(): Promise<void>;
  /** Process ids of the server and of all that it started. */
  processIds(): number[];
  stop(): void;
}

/**
 * @param access lines of pg_hba.conf, before those for the superuser
 * @param changes settings of postgresql.conf beside ours
 */
export async function startServer(
  access: readonly string[],
  changes: Readonly<Record<string, string | number>> = {},
): Promise<PrivateServer> {
  const folder = mkdtempSync(join(tmpdir(), 'c360-server-'));
  const port = await findFreePort();
  const isRoot = process.getuid?.() === 0;
  // The server refuses to run as root.
  const commandOf = (program: string, parameters: readonly string[]): string[] => [
    ...(isRoot ? ['runuser', '-u', 'postgres', '--'] : []),
    program,
    ...parameters,
  ];
  const run = (program: string, ...parameters: string[]): string => {
    const [file, ...rest] = commandOf(program, parameters);
    return execFileSync(file!, rest, {
      cwd: tmpdir(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  };
  if (isRoot) execFileSync('chown', ['postgres', folder]);
  const data = join(folder, 'data');
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  run(join(programs!, 'initdb'), '-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync');
  const request =
    'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test -addext subjectAltName=IP:127.0.0.1';
  run('openssl', ...request.split(' '), '-keyout', key, '-out', certificate);
  writeFileSync(
    join(data, 'pg_hba.conf'),
    [...access, 'host all postgres 127.0.0.1/32 trust', 'local all all trust', ''].join('\n'),
  );
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    shared_buffers: '16MB',
    ssl: 'on',
    ssl_cert_file: certificate,
    ssl_key_file: key,
    ...changes,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  appendFileSync(join(data, 'postgresql.conf'), lines.join(''));
  run(join(programs!, 'pg_ctl'), '-D', data, '-l', join(folder, 'log'), '-w', 'start');
  return {
    port,
    folder,
    certificate: run('cat', certificate),
    async restart() {
      const parameters = ['-D', data, '-l', join(folder, 'log'), '-m', 'fast', '-w', 'restart'];
      const [file, ...rest] = commandOf(join(programs!, 'pg_ctl'), parameters);
      await promisify(execFile)(file!, rest, { cwd: tmpdir() });
    },
    processIds() {
      const [first] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
      const children = execFileSync('pgrep', ['-P', first!], { encoding: 'utf8' }).trim().split('\n');
      return [first!, ...children].map(Number);
    },
    stop() {
      run(join(programs!, 'pg_ctl'), '-D', data, '-m', 'immediate', 'stop');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
