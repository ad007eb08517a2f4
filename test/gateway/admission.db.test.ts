import type { RequestContext } from '#platform/request.ts';
import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { post, type Reply, send, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer | undefined;
/** Names of the requests that began to run. */
let begun: string[];
beforeEach(() => {
  begun = [];
});
afterEach(() => server?.close());

const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, RequestContext>({
    name: 'Query',
    fields: {
      wait: {
        type: new GraphQLNonNull(GraphQLString),
        args: {
          name: { type: new GraphQLNonNull(GraphQLString) },
          ms: { type: new GraphQLNonNull(GraphQLInt) },
        },
        resolve: async (_root, { name, ms }: { name: string; ms: number }) => {
          begun.push(name);
          await new Promise((resolve) => setTimeout(resolve, ms));
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

type Asker = (name: string, ms: number, signal?: AbortSignal) => Promise<Reply>;

function askAs(caller: { readonly url: string; readonly key: string }): Asker {
  return (name, ms, signal) =>
    post(caller, { query: `{ wait(name: "${name}", ms: ${ms}) }` }, {}, signal ?? null);
}

test('tells a caller of too many requests, with the time to wait, while another caller is answered', async () => {
  const [a, b] = await start({ CALLER_CONCURRENCY: '2', CALLER_QUEUE: '3' });
  const replies = Array.from({ length: 9 }, (_, place) => a(`a${place}`, 400));
  await vi.waitFor(() => expect(begun).toHaveLength(2));

  const other = await b('b', 1);

  expect(other.status).toBe(200);
  expect(begun).toHaveLength(3);
  const answered = await Promise.all(replies);
  const refused = answered.filter(({ status }) => status === 429);
  expect(answered.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(refused).toHaveLength(4);
  for (const { body, headers } of refused) {
    expect(body.errors[0].extensions.code).toBe('TOO_MANY_REQUESTS');
    expect(headers.get('retry-after')).toBe('1');
  }
});

test('tells a request that waited too long for others of its caller', async () => {
  const [a] = await start({ CALLER_CONCURRENCY: '1', QUEUE_TIMEOUT_MS: '200' });
  const first = a('first', 1_500);
  await vi.waitFor(() => expect(begun).toEqual(['first']));

  const second = await a('second', 1);

  expect(second).toMatchObject({
    status: 429,
    body: { errors: [{ extensions: { code: 'TOO_MANY_REQUESTS' } }] },
  });
  expect((await first).status).toBe(200);
  expect(begun).toEqual(['first']);
});

test('never runs what waited when its client left', async () => {
  const [a, b] = await start({ CALLER_CONCURRENCY: '1' });
  const first = a('first', 600);
  await vi.waitFor(() => expect(begun).toEqual(['first']));
  const leaving = new AbortController();
  const left = a('left', 1, leaving.signal);
  const stayed = a('stayed', 1);
  await b('meanwhile', 50);

  leaving.abort();

  await expect(left).rejects.toThrow('aborted');
  expect((await first).status).toBe(200);
  expect((await stayed).status).toBe(200);
  expect(begun).toEqual(['first', 'meanwhile', 'stayed']);
});

test('answers health and readiness while a caller has every place', async () => {
  const [a] = await start({ CALLER_CONCURRENCY: '1', CALLER_QUEUE: '50' });
  const running = Array.from({ length: 10 }, (_, place) => a(`a${place}`, 300));
  await vi.waitFor(() => expect(begun).not.toEqual([]));

  const health = await send(server!, {}, '/health');
  const ready = await send(server!, {}, '/ready');

  expect([health.status, ready.status]).toEqual([200, 200]);
  expect(begun.length).toBeLessThan(10);
  await Promise.all(running);
});
