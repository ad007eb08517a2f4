import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createPlace, type GatewayProcess, type Place, run, serve } from '../support/gateway-process.ts';
import { post, send } from '../support/server.ts';

const isEmbedded = process.env['TEST_ENGINE'] !== 'postgres';
const upsert = `mutation ($input: UpsertCustomerInput!) {
  upsertCustomer(input: $input) { __typename ... on UpsertCustomerPayload { customer { id } } ... on Error { message } }
}`;
const byEmail = 'query ($email: String!) { customer(by: { email: $email }) { id email } }';

let place: Place;
let gateway: GatewayProcess;
let key: string;
beforeAll(async () => {
  place = await createPlace();
  const made = await run(place, ['keys', 'create', '--scopes', 'admin', '--json']);
  ({ key } = JSON.parse(made.stdout) as { key: string });
  gateway = await serve(place);
});
afterAll(async () => {
  await gateway?.kill('SIGKILL');
  await place?.remove();
});

test('keeps every acknowledged write when it is killed while writing', async () => {
  const acknowledged: string[] = [];
  const { url } = gateway;
  let isKilled = false;
  const write = async (writer: number) => {
    for (let i = 0; !isKilled; i += 1) {
      const email = `w${writer}.${i}@durable.example`;
      const reply = await post({ url, key }, { query: upsert, variables: { input: { email } } }).catch(
        () => null,
      );
      if (reply?.body?.data?.upsertCustomer.__typename === 'UpsertCustomerPayload') acknowledged.push(email);
      else if (!isKilled) throw new Error(`not written: ${reply?.text}`);
    }
  };
  const writers = Promise.all([write(1), write(2), write(3)]);
  while (acknowledged.length < 20) await new Promise((resolve) => setTimeout(resolve, 20));

  isKilled = true;
  await gateway.kill('SIGKILL');
  await writers;
  gateway = await serve(place);

  const missing: string[] = [];
  for (const email of acknowledged) {
    const { body } = await post({ url: gateway.url, key }, { query: byEmail, variables: { email } });
    if (body.data.customer?.email !== email) missing.push(email);
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(20);
  expect(missing).toEqual([]);
});

test('leaves no plain e-mail or name in its log', async () => {
  const input = { email: 'plain.text@secret.example', name: 'Plainly Namedperson' };
  await post({ url: gateway.url, key }, { query: upsert, variables: { input } });
  await post({ url: gateway.url, key }, { query: byEmail, variables: { email: input.email } });
  await post({ url: gateway.url, key }, { query: `{ customer(by: { email: "${input.email}" }) { id } ` });
  await new Promise((resolve) => setTimeout(resolve, 500));

  expect(gateway.output()).toContain('requestId');
  expect(gateway.output()).not.toContain('plain.text');
  expect(gateway.output()).not.toContain('Namedperson');
});

test('stops cleanly at SIGTERM and starts again in under 3 seconds', async () => {
  expect(await gateway.kill('SIGTERM')).toBe(0);

  const startedAt = performance.now();
  gateway = await serve(place);

  expect(performance.now() - startedAt).toBeLessThan(3_000);
  expect((await send(gateway, {}, '/ready')).status).toBe(200);
});

test('migrates once when two processes start at the same time', async () => {
  if (isEmbedded) return;
  const other = await createPlace();

  const [first, second] = await Promise.all([run(other, ['migrate']), run(other, ['migrate'])]);
  await other.remove();

  expect([first, second]).toMatchObject([{ code: 0 }, { code: 0 }]);
});

test('serves by several processes on a server', async () => {
  if (isEmbedded) return;
  const port = 20_000 + (process.pid % 20_000);
  const cluster = await serve(place, [], { WORKERS: '2', PORT: String(port) });

  const replies = await Promise.all(
    Array.from({ length: 8 }, () => post({ url: cluster.url, key }, { query: '{ __typename }' })),
  );
  const code = await cluster.kill('SIGTERM');

  expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(code).toBe(0);
});

describe.runIf(isEmbedded)('on the embedded database', () => {
  test('tells every other command that it holds the folder, and how to go on', async () => {
    for (const args of [['keys', 'list'], ['migrate'], ['serve']]) {
      const { code, stderr } = await run(place, args);

      expect(code).toBe(3);
      expect(stderr).toMatch(/in use by `c360 serve`.*\n.*DATA_DIR.*DATABASE_URL/);
    }
  });

  test('keeps its demo key to its owner and opens everything with it', async () => {
    expect(statSync(join(place.dataDir, 'demo-key')).mode & 0o777).toBe(0o600);

    const reply = await post(gateway, { query: '{ viewer { name scopes } }' });

    expect(reply.body.data.viewer.scopes).toContain('admin');
  });

  test('makes no demo key where others could connect', async () => {
    const other = await createPlace();
    const exposed = await serve(other, ['--no-demo'], { HOST: '0.0.0.0' });
    await exposed.kill('SIGTERM');
    const files = readdirSync(other.dataDir);
    await other.remove();

    expect(files).not.toContain('demo-key');
  });

  test('leaves no plain e-mail in the files of the database', async () => {
    await gateway.kill('SIGTERM');
    const files = readdirSync(place.dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );

    const leaking = files.filter((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return bytes.includes('plain.text') || bytes.includes('Namedperson');
    });

    expect(files.length).toBeGreaterThan(100);
    expect(leaking.map(({ name }) => name)).toEqual([]);
    gateway = await serve(place);
  });

  test('refuses several workers', async () => {
    const { code, stderr } = await run(await createPlace(), ['serve'], { WORKERS: '2' });

    expect(code).toBe(2);
    expect(stderr).toContain('WORKERS=2 needs a Postgres server');
  });
});

test.for([
  ['a wrong setting', ['migrate'], { PORT: 'many' }, 2, 'PORT'],
  ['production without contact-data keys', ['serve'], { NODE_ENV: 'production' }, 2, 'CONTACT_KEYS'],
  [
    'a server that is not there',
    ['migrate'],
    { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
    4,
    'DATABASE_URL',
  ],
  ['an unknown command', ['frobnicate'], {}, 2, 'unknown command'],
  ['an unknown scope', ['keys', 'create', '--scopes', 'root'], {}, 1, 'customers:read'],
] as const)('refuses %s with one clear line', async ([, args, env, expectedCode, message]) => {
  const other = await createPlace();

  const { code, stderr } = await run(other, args, env);
  await other.remove();

  expect(code).toBe(expectedCode);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
});

test('prints help with examples for each command', async () => {
  for (const args of [
    ['serve'],
    ['worker'],
    ['migrate'],
    ['demo'],
    ['train'],
    ['keys', 'create'],
    ['schema', 'print'],
  ]) {
    const { code, stdout } = await run(place, [...args, '--help']);

    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}\$ npm run c360 -- /);
  }
});
