/** What graphql-yoga does otherwise by default, or could do to our answers, over the wire. */
import { sessionOf } from '#platform/http/exchange.ts';
import type { RequestContext } from '#platform/request.ts';
import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import { post, send, startTestServer, type TestServer } from '../support/server.ts';

let shared: TestServer;
/** The shared one, or one of a test's own. */
let server: TestServer | undefined;
beforeAll(async () => {
  shared = await startTestServer({ schema });
});
afterEach(async () => {
  if (server !== shared) await server?.close();
  events.length = 0;
});
afterAll(() => shared.close());

/** What resolvers and generators did. */
const events: string[] = [];
const nonNullInt = { type: new GraphQLNonNull(GraphQLInt) };
const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, RequestContext>({
    name: 'Query',
    fields: {
      text: { type: GraphQLString, resolve: () => 'ä "quoted" 🙂' },
      failing: {
        type: GraphQLString,
        resolve: () => {
          throw new Error('a secret of ours');
        },
      },
    },
  }),
  mutation: new GraphQLObjectType({
    name: 'Mutation',
    fields: {
      change: {
        ...nonNullInt,
        resolve: () => events.push('changed'),
      },
    },
  }),
  subscription: new GraphQLObjectType<number, RequestContext>({
    name: 'Subscription',
    fields: {
      count: {
        ...nonNullInt,
        args: { failAt: { type: GraphQLInt } },
        async *subscribe() {
          try {
            for (let n = 1; ; n += 1) {
              yield n;
              await wait(5);
            }
          } finally {
            events.push('ended');
          }
        },
        resolve(n: number, { failAt }: { failAt?: number }) {
          if (n === failAt) throw new Error('a secret of ours');
          return n;
        },
      },
    },
  }),
});

describe('addresses', () => {
  test.each([
    ['POST', '/foo/graphql'],
    ['POST', '/graphql/foo'],
    ['GET', '/x/health'],
    ['GET', '/foo/graphql?query={text}'],
  ])('%s %s is not found', async (method, path) => {
    server = shared;
    const body = method === 'POST' ? JSON.stringify({ query: 'mutation { change }' }) : null;
    const headers = { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' };

    const reply = await send(server, { method, body, headers }, path);

    expect(reply.status).toBe(404);
    expect(events).toEqual([]);
  });

  test('a query that ends like another address is a query', async () => {
    server = shared;
    const headers = { authorization: `Bearer ${server.key}` };

    const reply = await send(server, { headers }, '/graphql?query={text}%23/health');

    expect(reply.body).toEqual({ data: { text: 'ä "quoted" 🙂' } });
  });
});

test('a mutation whose answer the client cannot read does not run', async () => {
  server = shared;

  const reply = await post(server, { query: 'mutation { change }' }, { accept: 'text/csv' });

  expect(reply.status).toBe(406);
  expect(events).toEqual([]);
});

test('an answer is the bytes of the engine, the first time and when it is compiled', async () => {
  server = shared;

  for (let run = 0; run < 3; run += 1) {
    const reply = await post(server, { query: '{ text }' });
    expect(reply.text).toBe('{"data":{"text":"ä \\"quoted\\" 🙂"}}');
    expect(Number(reply.headers.get('content-length'))).toBe(Buffer.byteLength(reply.text));
  }
});

test('an error keeps its locations and path, and the id of its request, also when it is compiled', async () => {
  server = shared;

  for (let run = 0; run < 3; run += 1) {
    const { body } = await post(server, { query: '{ text\n  failing }' }, { 'x-request-id': `run-${run}` });
    expect(body.errors).toEqual([
      {
        message: 'Unexpected error.',
        locations: [{ line: 2, column: 3 }],
        path: ['failing'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: `run-${run}` },
      },
    ]);
  }
});

test('a cache of answers stands behind the check of access', async () => {
  const answers = new Map<string, object>();
  const cache: Plugin = {
    onExecute({ args, setResultAndStopExecution }) {
      const known = answers.get(JSON.stringify(args.document));
      if (known !== undefined) setResultAndStopExecution(known);
      return {
        onExecuteDone({ result }) {
          if (!('errors' in result))
            answers.set(JSON.stringify(args.document), { data: { campaigns: 'cached' } });
        },
      };
    },
  };
  server = await startTestServer({ plugins: [cache] });
  const query = { query: '{ segments { totalCount } }' };
  const mayNot = { url: server.url, key: await server.createKey(['ingest']) };
  expect((await post(mayNot, query)).status).toBe(403);

  expect((await post(server, query)).status).toBe(200);

  expect((await post(server, query)).body).toEqual({ data: { campaigns: 'cached' } });
  expect((await post(mayNot, query)).status).toBe(403);
});

test.each([
  ['the session that answers are kept by is the caller', sessionOf, 403],
  ['without a session, answers reach who may not read them', () => null, 200],
] as const)('%s', async (_title, session, status) => {
  server = await startTestServer({ plugins: [keepingPlugin(session)] });
  const query = { query: '{ segments { totalCount } }' };
  const mayNot = { url: server.url, key: await server.createKey(['ingest']) };
  const first = await post(server, query);

  expect((await post(server, query)).text).toBe(first.text);
  expect((await post(mayNot, query)).status).toBe(status);
});

/** As `@graphql-yoga/plugin-response-cache`: answers in the place of all that comes after. */
function keepingPlugin(session: (context: unknown) => string | null): Plugin {
  const answers = new Map<string, object>();
  return {
    onParams({ params, context, setResult }) {
      const known = answers.get(JSON.stringify([params.query, session(context)]));
      if (known !== undefined) setResult({ ...known });
    },
    onExecutionResult({ result, context }) {
      // What was answered from here has no parameters, as Yoga's own steps set them.
      if (!('params' in context) || result === undefined || isAsyncIterable(result) || result.errors) return;
      answers.set(JSON.stringify([context.params.query, session(context)]), result);
    },
  };
}

test('no stream is made of a body', async () => {
  const requests: Request[] = [];
  const watching: Plugin = { onRequest: ({ request }) => void requests.push(request) };
  server = await startTestServer({ schema, plugins: [watching] });

  await post(server, { query: '{ text }' });

  expect(requests.map((request) => Reflect.get(request, '_generatedBody') as unknown)).toEqual([null]);
});

test.each([
  ['PUT', 405],
  ['DELETE', 405],
])('%s is answered %i', async (method, status) => {
  server = shared;

  const reply = await send(server, { method, headers: { authorization: `Bearer ${server.key}` } });

  expect(reply.status).toBe(status);
  expect(reply.headers.get('allow')).toBe('GET, POST');
});

test('an origin that is not in a list is not told that `null` may read answers', async () => {
  server = await startTestServer({ schema, env: { CORS_ORIGINS: 'https://a.example,https://b.example' } });

  const stranger = await post(server, { query: '{ text }' }, { origin: 'https://evil.example' });
  const known = await post(server, { query: '{ text }' }, { origin: 'https://b.example' });

  expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
  expect(known.headers.get('access-control-allow-origin')).toBe('https://b.example');
});

describe('subscriptions', () => {
  async function subscribe(query: string, headers: Record<string, string>) {
    const leaving = new AbortController();
    const response = await fetch(`${server!.url}/graphql`, {
      method: 'POST',
      body: JSON.stringify({ query }),
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      signal: leaving.signal,
    });
    return { response, leave: () => leaving.abort() };
  }

  async function readUntil(response: Response, end: string): Promise<string> {
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes(end)) return text;
    }
    return text;
  }

  test('come as server-sent events, and end with their client', async () => {
    server = shared;
    const { response, leave } = await subscribe('subscription { count }', {
      authorization: `Bearer ${server.key}`,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');

    const text = await readUntil(response, '"count":3');

    expect(text).toContain('data: {"data":{"count":1}}');
    leave();
    await vi.waitFor(() => expect(events).toEqual(['ended']));
  });

  test('go on after an event that failed, whose error is masked', async () => {
    server = shared;
    const { response, leave } = await subscribe('subscription { count(failAt: 2) }', {
      authorization: `Bearer ${server.key}`,
    });

    const text = await readUntil(response, '"count":3');

    expect(text).toContain('Unexpected error.');
    expect(text).not.toContain('secret');
    leave();
    await vi.waitFor(() => expect(events).toEqual(['ended']));
  });

  test('end when the server stops', async () => {
    server = await startTestServer({ schema });
    const { response } = await subscribe('subscription { count }', { authorization: `Bearer ${server.key}` });
    const reading = readUntil(response, 'never');

    await server.stop();

    await expect(reading).resolves.toContain('"count":1');
    expect(events).toEqual(['ended']);
  });

  test('are refused without a key', async () => {
    server = shared;

    const { response } = await subscribe('subscription { count }', {});

    expect(response.status).toBe(401);
    expect(events).toEqual([]);
  });

  test('are refused by a client that takes no events', async () => {
    server = shared;

    const reply = await post(server, { query: 'subscription { count }' }, { accept: 'application/json' });

    expect(reply.status).toBe(406);
    expect(events).toEqual([]);
  });
});
