/** A Postgres server for benchmarks: the one BENCH_DATABASE_URL names, or Debian's own, started on a free port and stopped again. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PostgresServer {
  /** Address of the maintenance database. */
  readonly url: string;
  stop(): void;
}

export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env['BENCH_DATABASE_URL'];
  if (given) return { url: given, stop: () => {} };
  const programs = findPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'c360-bench-pg-'));
  const port = await findFreePort();
  const isRoot = process.getuid?.() === 0;
  const run = (program: string, ...parameters: string[]): void => {
    const command = [join(programs, program), ...parameters];
    // The server refuses to run as root.
    const [file, ...rest] = isRoot ? ['runuser', '-u', 'postgres', '--', ...command] : command;
    execFileSync(file!, rest, { stdio: 'ignore', cwd: tmpdir() });
  };
  if (isRoot) execFileSync('chown', ['postgres', folder]);
  const data = join(folder, 'data');
  run('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8');
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c max_connections=200 -c shared_buffers=2GB -c max_wal_size=8GB`;
  run('pg_ctl', '-D', data, '-o', settings, '-l', join(folder, 'log'), '-w', 'start');
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop() {
      run('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function findPrograms(): string {
  const root = '/usr/lib/postgresql';
  const version = existsSync(root) ? readdirSync(root).toSorted().at(-1) : undefined;
  if (version === undefined) {
    throw new Error('No Postgres found: install postgresql, or set BENCH_DATABASE_URL to a server of yours.');
  }
  return join(root, version, 'bin');
}

export async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
