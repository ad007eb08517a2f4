/** The HTTP server, graphql-yoga on node:http: its plugins, and a shutdown that waits for requests in flight. */
import { createServer, type Server, type ServerOptions as HttpOptions } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createYoga, type Plugin, type YogaLogger } from 'graphql-yoga';

import type { App } from '../app.ts';
import { createAuthenticate } from '../auth/authenticate.ts';
import type { Engine } from '../graphql-engine.ts';
import { createAdmission } from './admission.ts';
import { corsOf } from './cors.ts';
import { createDeadlines } from './deadlines.ts';
import type { ServerContext } from './exchange.ts';
import type { GraphiqlOptions } from './graphiql.ts';
import type { Route } from './route.ts';
import { createStreams } from './streams.ts';
import { useEngine } from './use-engine.ts';
import { useFewerHooks } from './use-fewer-hooks.ts';
import { useRequests } from './use-requests.ts';
import { GRAPHQL_PATH, useRoutes } from './use-routes.ts';
import { serveWebSockets } from './websockets.ts';

export interface RunningServer {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Accepts no new request, waits for those in flight (at most the request time-out), then closes. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly app: App;
  readonly engine: Engine;
  /** Null serves no GraphiQL. */
  readonly graphiql: GraphiqlOptions | null;
  /** Addresses beside GraphQL; none if left out. */
  readonly routes?: readonly Route[];
  /** Plugins of Yoga before those of the gateway. */
  readonly plugins?: readonly Plugin[];
}

const CLOSE_IDLE_EVERY_MS = 50;
const BODY_GRACE_MS = 1_000;
const MAX_CHECK_INTERVAL_MS = 500;

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { app, engine, graphiql, routes = [], plugins = [] } = options;
  const { config } = app;
  const deadlines = createDeadlines(config.requestTimeoutMs);
  const admission = createAdmission(config);
  const streams = createStreams(app);
  const stopping = new AbortController();
  const { signal } = stopping;
  const authenticate = createAuthenticate(app);
  const hooked = [
    useRoutes({ app, graphiql, routes, stopping: signal }),
    ...plugins,
    useRequests({ app, authenticate, deadlines, admission, streams, stopping: signal }),
    useEngine(engine, streams),
  ] as readonly Plugin[];
  const yoga = createYoga<ServerContext>({
    schema: engine.schema,
    graphqlEndpoint: GRAPHQL_PATH,
    cors: corsOf(config.corsOrigins),
    logging: logOf(app),
    plugins: [useFewerHooks(hooked), ...hooked],
    // Own plugins: a page without external resources, a cache that respects cost and access, a body that is read once.
    graphiql: false,
    landingPage: false,
    multipart: false,
    parserAndValidationCache: false,
    // It would send every body through a stream, which doubles the cost of a request; readBody enforces the limit.
    maxRequestBodySize: false,
  });
  const server = createServer(receiveWithin(config.requestTimeoutMs), (req, res) => void yoga(req, res));
  const closeWebSockets = serveWebSockets(server, { app, engine, authenticate, streams });
  await listen(server, config.port, config.host);
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    async stop() {
      if (signal.aborted) return;
      stopping.abort();
      await closeWebSockets();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection is idle only once its response is sent, and would then be kept open for the next request.
      const closingIdle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
      const giveUp = setTimeout(() => server.closeAllConnections(), config.requestTimeoutMs);
      await closed;
      clearInterval(closingIdle);
      clearTimeout(giveUp);
      deadlines.close();
      admission.close();
      streams.close();
    },
  };
}

/**
 * The runtime answers 408 if headers are late, or a body that no route reads; a route that reads a body has its own
 * shorter limit.
 */
function receiveWithin(requestTimeoutMs: number): HttpOptions {
  return {
    keepAliveTimeout: 65_000,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs + BODY_GRACE_MS,
    connectionsCheckingInterval: Math.min(MAX_CHECK_INTERVAL_MS, requestTimeoutMs),
  };
}

/** @throws {Error} with code EADDRINUSE or EACCES. */
function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** Log of Yoga itself: mostly an error that the gateway did not handle. */
function logOf({ log }: App): YogaLogger {
  const ignore = (): void => {};
  return {
    debug: ignore,
    info: ignore,
    warn: (...told: unknown[]) => log.warn({ error: told[0] }, 'graphql-yoga warns'),
    error: (...told: unknown[]) => log.error({ error: told[0] }, 'a request failed'),
  };
}
