import type { RequestContext } from '#platform/request.ts';
import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { afterEach, expect, test, vi } from 'vitest';

import { post, send, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

/** Signals of the requests that waited. */
const signals: AbortSignal[] = [];
const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, RequestContext>({
    name: 'Query',
    fields: {
      wait: {
        type: new GraphQLNonNull(GraphQLString),
        args: { ms: { type: new GraphQLNonNull(GraphQLInt) } },
        resolve: async (_root, { ms }: { ms: number }, { signal }) => {
          signals.push(signal);
          await new Promise((resolve) => setTimeout(resolve, ms));
          return 'waited';
        },
      },
      nothing: { type: new GraphQLNonNull(GraphQLString), resolve: () => null },
    },
  }),
});

test('finishes what is under way before it stops, and takes no more', async () => {
  server = await startTestServer({ schema });
  const underWay = post(server, { query: '{ wait(ms: 300) }' });
  await vi.waitFor(() => expect(signals).toHaveLength(1));

  await server.stop();

  expect(await underWay).toMatchObject({ status: 200, body: { data: { wait: 'waited' } } });
  await expect(send(server, {}, '/health')).rejects.toThrow('fetch failed');
});

test('stops a request that takes too long, and says so', async () => {
  server = await startTestServer({ schema, env: { REQUEST_TIMEOUT_MS: '200' } });
  signals.length = 0;

  const reply = await post(server, { query: '{ wait(ms: 5000) }' });

  expect(reply).toMatchObject({ status: 504, body: { errors: [{ extensions: { code: 'TIMEOUT' } }] } });
  expect(signals[0]?.aborted).toBe(true);
});

test('cancels a request whose client has gone', async () => {
  server = await startTestServer({ schema });
  signals.length = 0;
  const leaving = new AbortController();
  const { url, key } = server;
  const request = fetch(`${url}/graphql`, {
    method: 'POST',
    body: JSON.stringify({ query: '{ wait(ms: 5000) }' }),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    signal: leaving.signal,
  });
  await vi.waitFor(() => expect(signals).toHaveLength(1));

  leaving.abort();

  await expect(request).rejects.toThrow('aborted');
  await vi.waitFor(() => expect(signals[0]?.aborted).toBe(true));
  expect((await send(server, {}, '/health')).status).toBe(200);
});

test('masks a null where the schema allows none, interpreted and compiled', async () => {
  server = await startTestServer({ schema });

  for (let run = 0; run < 3; run += 1) {
    const { body } = await post(server, { query: '{ nothing }' });
    expect(body).toMatchObject({
      data: null,
      errors: [{ message: 'Unexpected error.', path: ['nothing'], locations: [{ line: 1, column: 3 }] }],
    });
  }
});

test('is not ready once its database is gone, and still healthy', async () => {
  server = await startTestServer({ schema });
  await server.app.db.close();

  expect((await send(server, {}, '/health')).status).toBe(200);
  expect((await send(server, {}, '/ready')).status).toBe(503);
});

test('answers with the id that the caller gave, unless it could spoil a log', async () => {
  server = await startTestServer({ schema });

  const kept = await post(server, { query: '{ __typename }' }, { 'x-request-id': 'trace-1' });
  const replaced = await post(server, { query: '{ __typename }' }, { 'x-request-id': 'a b"c' });

  expect(kept.headers.get('x-request-id')).toBe('trace-1');
  expect(replaced.headers.get('x-request-id')).toMatch(/^[\w-]+$/);
});
