/** A running gateway on a free port of this machine, and ways to ask it. */
import { createEngine } from '#graphql/engine.ts';
import { createApiKey } from '#platform/auth/api-keys.ts';
import { type Scope, scopes as everyScope } from '#platform/auth/viewer.ts';
import type { GraphiqlOptions } from '#platform/http/graphiql.ts';
import { startServer } from '#platform/http/server.ts';
import type { GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';

import { routesOf } from '../../src/main/routes.ts';
import { schema as gatewaySchema } from '../../src/main/schema.ts';
import { openTestApp, type TestApp } from './app.ts';
import type { Checked, Data, Variables } from './typed-text.ts';

export interface TestServer {
  readonly app: TestApp;
  readonly url: string;
  /** A key with every scope. */
  readonly key: string;
  createKey(scopes: readonly Scope[]): Promise<string>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface TestServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly schema?: GraphQLSchema;
  readonly plugins?: readonly Plugin[];
  readonly graphiql?: (key: string) => GraphiqlOptions;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const app = await openTestApp({ PORT: '0', ...options.env });
  const createKey = async (scopes: readonly Scope[]) =>
    (await createApiKey(app.db, { name: 'test', scopes, at: new Date() })).key;
  const key = await createKey(everyScope);
  const server = await startServer({
    app,
    engine: createEngine(options.schema ?? gatewaySchema, app.config.limits),
    graphiql: options.graphiql?.(key) ?? null,
    routes: routesOf(app),
    plugins: options.plugins ?? [],
  });
  return {
    app,
    url: server.url,
    key,
    createKey,
    stop: () => server.stop(),
    async close() {
      await server.stop();
      await app.close();
    },
  };
}

export interface Reply<Answered = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What JSON the text is, if any. */
  readonly body: Body<Answered>;
}

export interface Body<Answered = unknown> {
  readonly data?: Answered | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly locations?: readonly { readonly line: number; readonly column: number }[];
    readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
  }[];
}

interface Question<Text extends string> {
  readonly query: Checked<Text>;
  readonly variables?: Variables<Text>;
}

/** Posts a GraphQL request as a client with this server's key would. */
export function post<const Text extends string>(
  server: Pick<TestServer, 'url' | 'key'>,
  body: Question<Text>,
  headers?: Readonly<Record<string, string>>,
  signal?: AbortSignal | null,
): Promise<Reply<Data<Text>>>;
/** Posts what the schema does not know, or what is no request at all. */
export function post(
  server: Pick<TestServer, 'url' | 'key'>,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
  signal?: AbortSignal | null,
): Promise<Reply>;
export function post(
  server: Pick<TestServer, 'url' | 'key'>,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  signal: AbortSignal | null = null,
): Promise<Reply> {
  return send(server, {
    signal,
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.key}`, ...headers },
  });
}

export async function send<Answered>(
  server: Pick<TestServer, 'url'>,
  init: RequestInit,
  path: string = '/graphql',
): Promise<Reply<Answered>> {
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: parseOrNull(text) as Body<Answered>,
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
