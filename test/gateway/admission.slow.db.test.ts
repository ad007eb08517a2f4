import type { RequestContext } from '#platform/request.ts';
import { GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { post, type Reply, send, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer | undefined;
/** Names of the requests that began to run, and what lets them end. */
let begun: string[];
let held: (() => void)[];
beforeEach(() => {
  begun = [];
  held = [];
});
afterEach(() => server?.close());

const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, RequestContext>({
    name: 'Query',
    fields: {
      hold: {
        description: 'Runs until the test lets it end.',
        type: new GraphQLNonNull(GraphQLString),
        args: { name: { type: new GraphQLNonNull(GraphQLString) } },
        resolve: async (_root, { name }: { name: string }) => {
          begun.push(name);
          await new Promise<void>((resolve) => held.push(resolve));
          return name;
        },
      },
    },
  }),
});

async function start(env: Readonly<Record<string, string>>): Promise<[a: Asker, b: Asker]> {
  server = await startTestServer({ schema, env });
  const other = { url: server.url, key: await server.createKey(['customers:read']) };
  return [askAs(server), askAs(other)];
}

type Asker = (name: string, signal?: AbortSignal) => Promise<Reply>;

function askAs(caller: { readonly url: string; readonly key: string }): Asker {
  return (name, signal) => post(caller, { query: `{ hold(name: "${name}") }` }, {}, signal ?? null);
}

const hasBegun = (names: readonly string[]) =>
  vi.waitFor(() => expect(begun).toEqual(names), { timeout: 10_000 });

/** Lets what runs end, and what begins after it, until all are answered. */
async function endAll(replies: readonly Promise<Reply>[]): Promise<Reply[]> {
  const ending = setInterval(() => held.splice(0).forEach((end) => end()), 10);
  const answered = await Promise.all(replies);
  clearInterval(ending);
  return answered;
}

test('tells a caller of too many requests, with the time to wait, while another caller is answered', async () => {
  const [a, b] = await start({ CALLER_CONCURRENCY: '2', CALLER_QUEUE: '3' });
  const refused: Reply[] = [];
  const replies = Array.from({ length: 9 }, async (_, index) => {
    const reply = await a(`a${index}`);
    if (reply.status === 429) refused.push(reply);
    return reply;
  });
  await vi.waitFor(() => expect(refused).toHaveLength(4), { timeout: 10_000 });
  expect(begun).toHaveLength(2);

  const other = b('b');
  await vi.waitFor(() => expect(begun).toContain('b'), { timeout: 10_000 });

  expect(begun).toHaveLength(3);
  const answered = await endAll([...replies, other]);
  expect(answered.filter(({ status }) => status === 200)).toHaveLength(6);
  for (const { body, headers } of refused) {
    expect(body.errors![0]!.extensions.code).toBe('TOO_MANY_REQUESTS');
    expect(headers.get('retry-after')).toBe('1');
  }
});

test('tells a request that waited too long for others of its caller', async () => {
  const [a] = await start({ CALLER_CONCURRENCY: '1', QUEUE_TIMEOUT_MS: '200' });
  const first = a('first');
  await hasBegun(['first']);

  const second = await a('second');

  expect(second).toMatchObject({
    status: 429,
    body: { errors: [{ extensions: { code: 'TOO_MANY_REQUESTS' } }] },
  });
  const [answered] = await endAll([first]);
  expect(answered!.status).toBe(200);
  expect(begun).toEqual(['first']);
});

test('never runs what waited when its client left', async () => {
  const [a] = await start({ CALLER_CONCURRENCY: '1' });
  const first = a('first');
  await hasBegun(['first']);
  const leaving = new AbortController();
  const left = a('left', leaving.signal).catch((error: Error) => error.name);
  // It waits by the time that health is answered, and has left by the time of the next answer.
  await send(server!, {}, '/health');
  leaving.abort();
  expect(await left).toBe('AbortError');
  const stayed = a('stayed');
  await send(server!, {}, '/health');

  const answered = await endAll([first, stayed]);

  expect(answered.map(({ status }) => status)).toEqual([200, 200]);
  expect(begun).toEqual(['first', 'stayed']);
});

test('answers health and readiness while a caller has every place', async () => {
  const [a] = await start({ CALLER_CONCURRENCY: '1', CALLER_QUEUE: '50' });
  const replies = Array.from({ length: 10 }, (_, index) => a(`a${index}`));
  await vi.waitFor(() => expect(begun).toHaveLength(1), { timeout: 10_000 });

  const health = await send(server!, {}, '/health');
  const ready = await send(server!, {}, '/ready');

  expect([health.status, ready.status]).toEqual([200, 200]);
  expect(begun).toHaveLength(1);
  await endAll(replies);
});
