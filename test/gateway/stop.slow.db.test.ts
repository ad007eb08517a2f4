import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { createPlace, type Place } from '../support/gateway-process.ts';

// Processes are started over and over, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = new URL('../..', import.meta.url);
const isEmbedded = process.env['TEST_ENGINE'] !== 'postgres';

let place: Place;
const children: ChildProcess[] = [];
beforeEach(async () => {
  place = await createPlace();
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await place.remove();
});

/** Starts what the operator starts, as the leader of a group of its own, and waits for the gateway in it. */
async function npmStart(): Promise<{ npm: ChildProcess; gatewayPid: number; url: string }> {
  const npm = spawn('npm', ['start', '--', '--no-demo'], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...place.env },
    detached: true,
  });
  children.push(npm);
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    npm.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = /POST (http:\/\/\S+)\/graphql/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    npm.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    npm.once('exit', (code) => reject(new Error(`npm ended with ${code}: ${output}`)));
  });
  const lock = JSON.parse(readFileSync(join(place.dataDir, 'gateway.lock'), 'utf8')) as { pid: number };
  return { npm, gatewayPid: lock.pid, url };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.runIf(isEmbedded)('npm start', () => {
  test.for(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'ends with its gateway and frees port and folder when npm alone gets %s',
    async (signal) => {
      const { npm, gatewayPid, url } = await npmStart();
      const ended = once(npm, 'exit');
      expect(gatewayPid).not.toBe(npm.pid);

      npm.kill(signal);
      await ended;

      await vi.waitFor(() => expect(isAlive(gatewayPid)).toBe(false), { timeout: 30_000, interval: 100 });
      await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed');
      expect(readdirSync(place.dataDir)).not.toContain('gateway.lock');
    },
  );

  test('takes the Ctrl+C that both the terminal and npm send for one', async () => {
    const { npm, gatewayPid } = await npmStart();
    const ended = once(npm, 'exit') as Promise<[number | null]>;

    // As a terminal does: every process of the group gets it, and npm hands its own on.
    process.kill(-npm.pid!, 'SIGINT');

    expect((await ended)[0]).toBe(0);
    expect(isAlive(gatewayPid)).toBe(false);
    expect(readdirSync(place.dataDir)).not.toContain('gateway.lock');
  });
});
