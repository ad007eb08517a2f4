import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { post, startTestServer, type TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 60_000 });
const TIMEOUT_MS = 1_000;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ env: { REQUEST_TIMEOUT_MS: String(TIMEOUT_MS) } });
});
afterAll(() => server.close());

interface Dripped {
  readonly answer: string;
  readonly tookMs: number;
}

/** Sends the first part at once and then a byte at a time, until the server ends it. */
async function drip(first: string, byte: string): Promise<Dripped> {
  const startedAt = performance.now();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(first);
  const timer = setInterval(() => socket.writable && socket.write(byte), 50);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(timer);
  return { answer, tookMs: performance.now() - startedAt };
}

function head(path: string): string {
  return [
    `POST ${path} HTTP/1.1`,
    'host: localhost',
    'content-type: application/json',
    `authorization: Bearer ${server.key}`,
    'content-length: 100000',
    '',
    '',
  ].join('\r\n');
}

test('answers 408 to a body that is not through in time', async () => {
  const { answer, tookMs } = await drip(head('/graphql'), ' ');

  expect(answer).toContain('HTTP/1.1 408 ');
  expect(answer).toContain('"code":"REQUEST_TIMEOUT"');
  expect(tookMs).toBeGreaterThanOrEqual(TIMEOUT_MS * 0.9);
  expect(tookMs).toBeLessThan(15 * TIMEOUT_MS);
});

test('answers 408 to headers that are not through in time', async () => {
  const { answer, tookMs } = await drip('POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-slow: ', 'a');

  expect(answer).toContain('HTTP/1.1 408 ');
  expect(tookMs).toBeLessThan(15 * TIMEOUT_MS);
});

test.for(['/health', '/nowhere'])('keeps no connection for a body that %s does not read', async (path) => {
  const { answer, tookMs } = await drip(head(path), ' ');

  expect(answer).toMatch(/^HTTP\/1.1 (200|404) /);
  expect(tookMs).toBeLessThan(15 * TIMEOUT_MS);
});

test('answers others while slow ones are waited for', async () => {
  const slow = Array.from({ length: 20 }, () => drip(head('/graphql'), ' '));

  expect(await post(server, { query: '{ __typename }' })).toMatchObject({ status: 200 });

  expect((await Promise.all(slow)).map(({ answer }) => answer.slice(9, 12))).toEqual(Array(20).fill('408'));
});
