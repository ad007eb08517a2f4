/** The HTTP server: routes, health, and an end that finishes what is under way. Knows no schema. */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions as HttpOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import type { App } from '../app.ts';
import { createAuthenticate } from '../auth/authenticate.ts';
import type { Engine } from '../graphql-engine.ts';
import { createAdmission } from './admission.ts';
import { createCors } from './cors.ts';
import { createDeadlines } from './deadlines.ts';
import { createGraphiqlPage, type GraphiqlOptions, wantsGraphiql } from './graphiql.ts';
import { createGraphqlEndpoint } from './graphql-endpoint.ts';

export interface RunningServer {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Takes no new request, waits for those under way (at most the request time-out), then closes. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly app: App;
  readonly engine: Engine;
  /** Null serves no GraphiQL. */
  readonly graphiql: GraphiqlOptions | null;
}

const GRAPHQL_PATH = '/graphql';
const CLOSE_IDLE_EVERY_MS = 50;
/** Shorter than a balancer waits. */
const READY_WITHIN_MS = 2_000;
const BODY_GRACE_MS = 1_000;
const MAX_CHECK_INTERVAL_MS = 500;

export async function startServer({ app, engine, graphiql }: ServerOptions): Promise<RunningServer> {
  const { config } = app;
  const cors = createCors(config.corsOrigins);
  const deadlines = createDeadlines(config.requestTimeoutMs);
  const admission = createAdmission(config);
  const answerGraphql = createGraphqlEndpoint({
    app,
    engine,
    authenticate: createAuthenticate(app),
    cors,
    deadlines,
    admission,
  });
  const showGraphiql = graphiql === null ? null : createGraphiqlPage(graphiql);
  let isStopping = false;

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request.url ?? '/');
    if (isStopping) response.shouldKeepAlive = false;
    if (path === GRAPHQL_PATH) {
      if (request.method === 'OPTIONS') cors.preflight(request, response);
      else if (showGraphiql !== null && wantsGraphiql(request)) await showGraphiql(request, response);
      else await answerGraphql(request, response);
    } else if (path === '/health') sendJson(response, 200, { status: 'ok' });
    else if (path === '/ready') await sendReadiness(response);
    else if (path === '/' && showGraphiql !== null) response.writeHead(302, { location: GRAPHQL_PATH }).end();
    else
      sendJson(response, 404, {
        errors: [{ message: `Nothing is served at ${path}; GraphQL is at ${GRAPHQL_PATH}.` }],
      });
  }

  /** Ready when the database answers; not while stopping, so that a balancer sends no more. */
  async function sendReadiness(response: ServerResponse): Promise<void> {
    if (isStopping) return sendJson(response, 503, { status: 'stopping' });
    const answered = app.db.control.query('/* ready */ select 1').then(
      () => true,
      () => false,
    );
    const isReady = await Promise.race([answered, wait(READY_WITHIN_MS, false, { ref: false })]);
    if (isReady) sendJson(response, 200, { status: 'ready' });
    else sendJson(response, 503, { status: 'the database does not answer' });
  }

  const server = createServer(receiveWithin(config.requestTimeoutMs), (request, response) => {
    route(request, response).catch((error: unknown) => {
      app.log.error({ error }, 'a request failed');
      response.destroy();
    });
  });
  await listen(server, config.port, config.host);
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    async stop() {
      if (isStopping) return;
      isStopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection is idle only once its answer is through, and would then be kept open for the next request.
      const closingIdle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
      const giveUp = setTimeout(() => server.closeAllConnections(), config.requestTimeoutMs);
      await closed;
      clearInterval(closingIdle);
      clearTimeout(giveUp);
      deadlines.close();
      admission.close();
    },
  };
}

/**
 * Headers that do not come in time are answered 408 by the runtime, as are bodies that no route reads; a route that
 * reads a body answers in its own words, before.
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

function pathOf(url: string): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
