/** Routes by exact path: Yoga itself compares only the ends of addresses, queries included. */
import { setTimeout as wait } from 'node:timers/promises';

import type { FetchAPI, Plugin } from 'graphql-yoga';

import type { App } from '../app.ts';
import type { ServerContext } from './exchange.ts';
import { requestIdOf } from './gateway-request.ts';
import { createGraphiqlPage, type GraphiqlOptions, wantsGraphiql } from './graphiql.ts';
import type { Route, RouteAnswer } from './route.ts';

export const GRAPHQL_PATH = '/graphql';

/** Shorter than the time-out of load balancers. */
const READY_WITHIN_MS = 2_000;

export interface RoutesOptions {
  readonly app: App;
  /** Null serves no GraphiQL. */
  readonly graphiql: GraphiqlOptions | null;
  /** Of features; the first that answers does. */
  readonly routes: readonly Route[];
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

export function useRoutes({
  app,
  graphiql,
  routes,
  stopping,
}: RoutesOptions): Plugin<ServerContext, ServerContext> {
  const answerWithPage = graphiql === null ? null : createGraphiqlPage(graphiql);

  /** Null leaves the request to Yoga. */
  function answer({ req, res }: ServerContext, fetchAPI: FetchAPI): Promise<Response> | Response | null {
    const path = pathOf(req.url ?? '/');
    if (stopping.aborted) res.shouldKeepAlive = false;
    if (path === GRAPHQL_PATH) {
      // Without allowed origins there is nothing to answer, see cors.ts.
      if (req.method === 'OPTIONS') return new fetchAPI.Response(null, { status: 204 });
      return answerWithPage !== null && wantsGraphiql(req) ? answerWithPage(req, fetchAPI) : null;
    }
    if (path === '/health') return json(fetchAPI, 200, { status: 'ok' });
    if (path === '/ready') return readiness(fetchAPI);
    if (path === '/' && answerWithPage !== null) {
      return new fetchAPI.Response(null, { status: 302, headers: { location: GRAPHQL_PATH } });
    }
    const requestId = requestIdOf(req.headers['x-request-id']);
    for (const route of routes) {
      const answered = route({ req, path, requestId, stopping });
      if (answered !== null) return answered.then((found) => toResponse(fetchAPI, requestId, found));
    }
    const message = `Nothing is served at ${path}; GraphQL is at ${GRAPHQL_PATH}.`;
    return json(fetchAPI, 404, { errors: [{ message }] });
  }

  /** Ready when the database responds; not while stopping, so that a load balancer sends no more requests. */
  async function readiness(fetchAPI: FetchAPI): Promise<Response> {
    if (stopping.aborted) return json(fetchAPI, 503, { status: 'stopping' });
    const answered = app.db.control.query('/* ready */ select 1').then(
      () => true,
      () => false,
    );
    const isReady = await Promise.race([answered, wait(READY_WITHIN_MS, false, { ref: false })]);
    return isReady
      ? json(fetchAPI, 200, { status: 'ready' })
      : json(fetchAPI, 503, { status: 'the database does not answer' });
  }

  return {
    onRequest(request) {
      const { fetchAPI } = request;
      const end = (response: Response): void => request.endResponse(response);
      const answered = answer(request.serverContext, fetchAPI);
      if (answered === null) return undefined;
      if (!(answered instanceof Promise)) return end(answered);
      // Yoga would send an error of this hook to the client, with its stack.
      return answered.then(end, (error: unknown) => {
        app.log.error({ error }, 'a request failed');
        end(json(fetchAPI, 500, { errors: [{ message: 'Unexpected error.' }] }));
      });
    },
  };
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function json({ Response }: FetchAPI, status: number, body: object): Response {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return new Response(JSON.stringify(body), { status, headers });
}

function toResponse({ Response }: FetchAPI, requestId: string, answer: RouteAnswer): Response {
  const { status, headers, body } = answer;
  return new Response(body, {
    status,
    headers: { 'cache-control': 'no-store', 'x-request-id': requestId, ...headers },
  });
}
