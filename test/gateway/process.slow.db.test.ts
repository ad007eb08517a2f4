import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { createPlace, type GatewayProcess, type Place, run, serve } from '../support/gateway-process.ts';
import { post, send } from '../support/server.ts';

// Processes are started over and over, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const isEmbedded = process.env['TEST_ENGINE'] !== 'postgres';
const upsert = `mutation ($input: UpsertCustomerInput!) {
  upsertCustomer(input: $input) { type: __typename ... on UpsertCustomerPayload { customer { id } } ... on Error { message } }
}`;
const byEmail = 'query ($email: String!) { customer(by: { email: $email }) { id email } }';

/** User and system time of a process's main thread so far (proc(5), fields 14 and 15): at rest, its time by the clock. */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

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
  const killed = new AbortController();
  const write = async (writer: number) => {
    for (let i = 0; !killed.signal.aborted; i += 1) {
      const email = `w${writer}.${i}@durable.example`;
      const reply = await post({ url, key }, { query: upsert, variables: { input: { email } } }).catch(
        () => null,
      );
      if (reply?.body?.data?.upsertCustomer!.type === 'UpsertCustomerPayload') acknowledged.push(email);
      else if (!killed.signal.aborted) throw new Error(`not written: ${reply?.text}`);
    }
  };
  const writers = Promise.all([write(1), write(2), write(3)]);
  while (acknowledged.length < 20) await new Promise((resolve) => setTimeout(resolve, 20));

  killed.abort();
  await gateway.kill('SIGKILL');
  await writers;
  gateway = await serve(place);

  const missing: string[] = [];
  for (const email of acknowledged) {
    const { body } = await post({ url: gateway.url, key }, { query: byEmail, variables: { email } });
    if (body.data!.customer?.email !== email) missing.push(email);
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

test('stops cleanly at SIGTERM and starts again on less than 3 seconds of processor time', async () => {
  expect(await gateway.kill('SIGTERM')).toBe(0);

  gateway = await serve(place);

  // Processor time, which a busy machine does not stretch as it does the time by the clock.
  expect(processorSeconds(gateway.pid)).toBeLessThan(3);
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
  test('tells commands that cannot work beside it that it holds the folder, and how to go on', async () => {
    for (const args of [['serve'], ['worker'], ['keys', 'rotate', '--new-key']]) {
      const { code, stderr } = await run(place, args);

      expect(code).toBe(3);
      expect(stderr).toMatch(/in use by `c360 serve`.*\n.*DATA_DIR.*DATABASE_URL/);
    }
  });

  test('keeps its demo key to its owner and opens everything with it', async () => {
    expect(statSync(join(place.dataDir, 'demo-key')).mode & 0o777).toBe(0o600);

    const reply = await post(gateway, { query: '{ viewer { name scopes } }' });

    expect(reply.body.data!.viewer.scopes).toContain('admin');
  });

  test('makes no demo key where others could connect', async () => {
    await gateway.kill('SIGTERM');
    rmSync(join(place.dataDir, 'demo-key'));

    gateway = await serve(place, ['--no-demo'], { HOST: '0.0.0.0' });

    expect(readdirSync(place.dataDir)).not.toContain('demo-key');
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
});
