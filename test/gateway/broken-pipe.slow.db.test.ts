import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { createPlace, type Place, run } from '../support/gateway-process.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const program = fileURLToPath(new URL('../../bin/c360.js', import.meta.url));

let place: Place;
beforeAll(async () => {
  place = await createPlace();
  await run(place, ['demo']);
});
afterAll(() => place?.remove());

/** The standard output has no reader from the start, so that every write to it fails. */
async function runUnread(args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const env = { PATH: process.env['PATH'], ...place.env };
  const child = spawn(process.execPath, [program, ...args], { env });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

test.for([
  ['segments', 'export', 'champions'],
  ['segments', 'export', 'champions', '--format', 'ndjson'],
  ['segments', 'list'],
  ['segments', 'list', '--json'],
  ['segments', 'explain', 'champions'],
  ['models', 'list'],
  ['clusters', 'show', 'buying'],
  ['keys', 'list'],
  ['keys', 'create', '--scopes', 'admin'],
  ['schema', 'print'],
  ['migrate'],
  ['--help'],
  ['segments', '--help'],
])('ends quietly when nobody reads what %s %s writes', async (args) => {
  const { code, stderr } = await runUnread(args);

  expect(stderr).not.toMatch(/EPIPE|Error|Unexpected| at /);
  expect(code).toBe(0);
});
