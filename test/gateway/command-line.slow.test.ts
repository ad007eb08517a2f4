import { expect, test, vi } from 'vitest';

import { createProgram } from '../../src/main/program.ts';
import { createPlace, run } from '../support/gateway-process.ts';

vi.setConfig({ testTimeout: 120_000 });

test.for([
  ['a wrong setting', ['migrate'], { PORT: 'many' }, 2, 'PORT'],
  ['production without contact-data keys', ['serve'], { NODE_ENV: 'production' }, 2, 'CONTACT_KEYS'],
  ['several workers on the embedded database', ['serve'], { WORKERS: '2' }, 2, 'WORKERS=2 needs a Postgres'],
  [
    'a server that is not there',
    ['migrate'],
    { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
    4,
    'DATABASE_URL',
  ],
  ['an unknown command', ['frobnicate'], {}, 2, 'unknown command'],
  ['an unknown scope', ['keys', 'create', '--scopes', 'root'], {}, 1, 'customers:read'],
] as const)('refuses %s with one clear line and a code', async ([, args, env, expectedCode, message]) => {
  const place = await createPlace();

  const { code, stderr } = await run(place, args, env);
  await place.remove();

  expect(code).toBe(expectedCode);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
});

test('prints the schema, and nothing else', async () => {
  const place = await createPlace();

  const { code, stdout, stderr } = await run(place, ['schema', 'print']);
  await place.remove();

  expect(code).toBe(0);
  expect(stdout).toMatch(/^"""/);
  expect(stdout).toContain('type Query {');
  expect(stderr).toBe('');
});

test('shows examples in the help of every command', async () => {
  const leaves = createProgram().commands.flatMap((command) =>
    command.commands.length > 0 ? command.commands : [command],
  );

  for (const command of leaves) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toMatch(/Examples:\n {2}\$ npm run c360 -- /);
  }
  expect(leaves.length).toBeGreaterThan(8);
});
