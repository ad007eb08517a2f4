/** The command line as a process of its own, as an operator runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createId } from '#platform/ids.ts';
import postgres from 'postgres';

const program = fileURLToPath(new URL('../../bin/c360.js', import.meta.url));

export interface Place {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** An empty folder, and on Postgres an empty database too. */
export async function createPlace(): Promise<Place> {
  const dataDir = await mkdtemp(join(tmpdir(), 'c360-process-'));
  const env = { DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info' };
  const removeFolder = () => rm(dataDir, { recursive: true, force: true });
  if (process.env['TEST_ENGINE'] !== 'postgres') return { dataDir, env, remove: removeFolder };
  const url = new URL(process.env['TEST_DATABASE_URL']!);
  const name = `c360_process_${createId().replaceAll('-', '')}`;
  const server = postgres(url.href, { max: 1, onnotice: () => {} });
  await server.unsafe(`create database ${name}`);
  url.pathname = `/${name}`;
  return {
    dataDir,
    env: { ...env, DATABASE_URL: url.href },
    async remove() {
      await server.unsafe(`drop database if exists ${name} with (force)`);
      await server.end();
      await removeFolder();
    },
  };
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  place: Place,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const inherited = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  return spawn(process.execPath, [program, ...args], { env: { ...inherited, ...place.env, ...env } });
}

/** Runs one command to its end. */
export async function run(
  place: Place,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const child = start(place, args, env);
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

export interface GatewayProcess {
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  output(): string;
  kill(signal: NodeJS.Signals): Promise<Finished['code']>;
}

/** Starts `serve` and waits until it listens. */
export async function serve(
  place: Place,
  args: readonly string[] = ['--no-demo'],
  env: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  const child = start(place, ['serve', ...args], env);
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /POST (http:\/\/\S+)\/graphql/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${output}`)));
  });
  const key = await readFile(join(place.dataDir, 'demo-key'), 'utf8').catch(() => '');
  return {
    url,
    key: key.trim(),
    pid: child.pid!,
    output: () => output,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exited = once(child, 'exit') as Promise<[number | null]>;
      child.kill(signal);
      return (await exited)[0];
    },
  };
}
