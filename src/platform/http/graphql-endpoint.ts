/** `/graphql`: authenticates, runs, answers and logs each request. Knows no schema. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { GraphQLError } from 'graphql';

import type { App } from '../app.ts';
import { KeysUnavailableError, UnauthenticatedError } from '../auth/auth-error.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Engine, EngineResult, GraphqlParameters, MaybePromise } from '../graphql-engine.ts';
import { outageErrorOf } from '../outage-error.ts';
import { isSliceSpent } from '../pacing.ts';
import type { Admission } from './admission.ts';
import type { Cors } from './cors.ts';
import type { Deadlines } from './deadlines.ts';
import { GatewayRequest, requestIdOf } from './gateway-request.ts';
import { checkJson } from './json-limits.ts';
import { badRequest, readParameters } from './parameters.ts';
import { readBody } from './read-body.ts';
import { type MediaType, negotiate, toAnswer } from './result.ts';

export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface GraphqlEndpointOptions {
  readonly app: App;
  readonly engine: Engine;
  readonly authenticate: Authenticate;
  readonly cors: Cors;
  readonly deadlines: Deadlines;
  readonly admission: Admission;
}

/**
 * Written on node:http itself: a server that wraps each request in the objects of the fetch API answered
 * `{ __typename }` at a fifth of the rate (2,400 against 13,000 requests a second on a shared core).
 */
export function createGraphqlEndpoint(options: GraphqlEndpointOptions): Handle {
  const { app, engine, authenticate, cors, deadlines, admission } = options;
  const { maxBodyBytes } = app.config;

  /** Runs within the time allowed and as long as the client waits; the loser of the race is not waited for. */
  function runInTime(
    parameters: GraphqlParameters,
    context: GatewayRequest,
    response: ServerResponse,
  ): MaybePromise<EngineResult> {
    const result = engine(parameters, context);
    if (!(result instanceof Promise)) return result;
    return new Promise((resolve, reject) => {
      const deadline = deadlines.start(() => {
        const error = timeoutError();
        context.cancel(error);
        resolve({ errors: [error] });
      });
      const onClose = () => {
        context.cancel(new Error('the client went away'));
        resolve({ errors: [badRequest('The client went away.', 499, false, 'CANCELLED')] });
      };
      response.once('close', onClose);
      result.then(resolve, reject).finally(() => {
        deadline.end();
        response.removeListener('close', onClose);
      });
    });
  }

  /** The database, or the provider of keys for tokens, may not answer. */
  function waitInTime<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const deadline = deadlines.start(() => reject(timeoutError()));
      promise.then(resolve, reject).finally(() => deadline.end());
    });
  }

  function timeoutError(): GraphQLError {
    const seconds = app.config.requestTimeoutMs / 1000;
    return badRequest(`The request took longer than ${seconds} s and was stopped.`, 504, false, 'TIMEOUT');
  }

  async function run(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    note: RequestNote,
  ): Promise<EngineResult> {
    const authenticated = authenticate(request.headers.authorization);
    const viewer: Viewer = authenticated instanceof Promise ? await waitInTime(authenticated) : authenticated;
    // The subject of a token may be an e-mail address.
    note.viewer = viewer.kind === 'token' ? 'token' : viewer.name;
    const parameters = await readRequest(request, maxBodyBytes, deadlines);
    note.operationName = NAME.test(parameters.operationName ?? '') ? parameters.operationName : null;
    const context = new GatewayRequest(app, viewer, requestId);
    const entered = admission.enter(viewer.id, response);
    if (entered !== null) await entered;
    try {
      // Awaited only where there is something to wait for.
      const result = runInTime(parameters, context, response);
      return result instanceof Promise ? await result : result;
    } finally {
      admission.leave(viewer.id);
    }
  }

  return async (request, response) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(request.headers['x-request-id']);
    const note: RequestNote = { viewer: null, operationName: null };
    const mediaType = negotiate(request.headers.accept);
    let result: EngineResult;
    try {
      cors.allow(request, response);
      result =
        mediaType === null
          ? { errors: [badRequest(NOT_ACCEPTABLE, 406)] }
          : await run(request, response, requestId, note);
    } catch (error) {
      result = { errors: [toRequestError(error, app, requestId, response)] };
    }
    const status = send(request, response, result, mediaType ?? 'application/json', requestId);
    app.log.info({
      requestId,
      operation: note.operationName,
      viewer: note.viewer,
      status,
      errors: result.errors?.length,
      durationMs: Math.round((performance.now() - startedAt) * 100) / 100,
    });
  };
}

const NOT_ACCEPTABLE =
  'Answers come as `application/json` or `application/graphql-response+json`; accept one of them.';

/** A database that was restarted is back by then, and a caller's other requests are through. */
const RETRY_AFTER_SECONDS = 1;

/** A GraphQL name; anything else that a caller sends as one could be contact data, and is not logged. */
const NAME = /^[_A-Za-z]\w{0,99}$/;

/** What the log tells of a request: never its variables. */
interface RequestNote {
  viewer: string | null;
  operationName: string | null;
}

async function readRequest(
  request: IncomingMessage,
  maxBodyBytes: number,
  deadlines: Deadlines,
): Promise<GraphqlParameters> {
  if (request.method === 'GET') return readParameters(readQueryString(request.url ?? ''), true);
  if (request.method !== 'POST') throw badRequest('GraphQL is asked by GET or POST.', 405);
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  if (!isChunked && !(Number(request.headers['content-length']) > 0))
    throw badRequest('The request has no body.');
  // Forms and plain text could be sent by any web page without asking; JSON makes the browser ask first.
  const contentType = request.headers['content-type'];
  if (contentType === undefined || !/^application\/json\s*(;\s*charset=utf-?8\s*)?$/i.test(contentType)) {
    const message = `Expected the content type application/json in UTF-8, got ${JSON.stringify(contentType ?? 'none')}.`;
    throw badRequest(message, 415, false, 'UNSUPPORTED_MEDIA_TYPE');
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    const message = `A request body is taken as it is, not with the content encoding ${JSON.stringify(encoding)}.`;
    throw badRequest(message, 415, false, 'UNSUPPORTED_CONTENT_ENCODING');
  }
  const text = await readBody(request, maxBodyBytes, deadlines);
  // The slice begins here: what comes after has less of it.
  isSliceSpent();
  checkJson(text);
  return readParameters(parseJson(text), false);
}

/** @throws {GraphQLError} with the position alone: the words of `JSON.parse` repeat the body, secrets included. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec((error as Error).message)?.[0];
    throw badRequest(`The request is not valid JSON${place === undefined ? '' : ` ${place}`}.`);
  }
}

function readQueryString(url: string): Record<string, unknown> {
  const start = url.indexOf('?');
  const search = new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
  const parameters: Record<string, unknown> = {};
  for (const [name, text] of search) {
    const isJson = name === 'variables' || name === 'extensions';
    try {
      parameters[name] = isJson && text !== '' ? JSON.parse(text) : text === '' ? null : text;
    } catch {
      throw badRequest(`Expected \`${name}\` to be JSON.`, 400, true);
    }
  }
  return parameters;
}

function toRequestError(error: unknown, app: App, requestId: string, response: ServerResponse): GraphQLError {
  if (error instanceof GraphQLError) return error;
  if (error instanceof UnauthenticatedError) {
    response.setHeader('www-authenticate', 'Bearer realm="c360"');
    return badRequest(error.message, 401, false, 'UNAUTHENTICATED');
  }
  if (error instanceof KeysUnavailableError) {
    response.setHeader('retry-after', String(error.retryAfterSeconds));
    return badRequest(error.message, 503, false, 'SERVICE_UNAVAILABLE');
  }
  // The client ended in the middle of its request: nobody reads the answer.
  if (error === response.req.errored) return badRequest('The client went away.', 499);
  const outage = outageErrorOf(error);
  if (outage !== null) {
    app.log.warn({ requestId, error }, 'the database did not answer');
    return new GraphQLError(outage.message, { extensions: outage.extensions });
  }
  app.log.error({ requestId, error }, 'a request failed');
  return new GraphQLError('Unexpected error.', {
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId, http: { status: 500 } },
  });
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  result: EngineResult,
  mediaType: MediaType,
  requestId: string,
): number {
  const { status, contentType, body } = toAnswer(result, mediaType);
  if (response.destroyed) return status;
  // What is left of a refused body is not read, so the connection cannot be used again.
  if (!request.complete) response.shouldKeepAlive = false;
  if (status === 503 || status === 429) response.setHeader('retry-after', RETRY_AFTER_SECONDS);
  if (status === 405) response.setHeader('allow', request.method === 'GET' ? 'POST' : 'GET, POST');
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-request-id': requestId,
  });
  response.end(body);
  return status;
}
