/** GraphQL requests from authentication to the log: reads, admits, enforces the time-out. */
import type { ServerResponse } from 'node:http';

import { isAsyncIterable, isPromise, type GraphQLParams, type Plugin } from 'graphql-yoga';
import type { GraphQLError } from 'graphql';

import type { App } from '../app.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { MaybePromise } from '../graphql-engine.ts';
import { isSliceSpent, nextTurn } from '../pacing.ts';
import type { Admission } from './admission.ts';
import type { Deadlines } from './deadlines.ts';
import { Exchange, type ServerContext } from './exchange.ts';
import { GatewayRequest, requestIdOf } from './gateway-request.ts';
import { isAcceptable, NOT_ACCEPTABLE } from './media-types.ts';
import { readParameters, refusePersistedQuery } from './parameters.ts';
import { clientLeftError, requestError, toRequestError } from './request-error.ts';
import type { Streams } from './streams.ts';

export interface RequestsOptions {
  readonly app: App;
  readonly authenticate: Authenticate;
  readonly deadlines: Deadlines;
  readonly admission: Admission;
  readonly streams: Streams;
  /** Aborted when the server stops, which ends streams. */
  readonly stopping: AbortSignal;
}

type Result = NonNullable<Awaited<ReturnType<ParamsHandler>>>;
type OnParams = NonNullable<Plugin<ServerContext, ServerContext>['onParams']>;
type ParamsHandler = Parameters<OnParams>[0]['paramsHandler'];
type ParamsPayload = Parameters<ParamsHandler>[0];

/** A GraphQL name; any other text of a caller could be contact data, and is not logged. */
const NAME = /^[_A-Za-z]\w{0,99}$/;

/** By then a restarted database is back, and other requests of the caller are finished. */
const RETRY_AFTER_SECONDS = '1';

export function useRequests(options: RequestsOptions): Plugin<ServerContext, ServerContext> {
  const { app, authenticate, deadlines, admission, streams, stopping } = options;
  const { maxBodyBytes, requestTimeoutMs } = app.config;

  async function read(context: ServerContext, exchange: Exchange): Promise<GraphQLParams> {
    const { req } = context;
    try {
      const authenticated = authenticate(req.headers.authorization);
      const viewer = authenticated instanceof Promise ? await waitInTime(authenticated) : authenticated;
      // The subject of a token may be an e-mail address.
      exchange.viewer = viewer.kind === 'token' ? 'token' : viewer.name;
      const parameters = await readParameters(req, maxBodyBytes, deadlines);
      exchange.gateway = new GatewayRequest(app, viewer, exchange.requestId);
      return parameters;
    } catch (error) {
      exchange.errors = 1;
      // The client disconnected before the end of its request: the response is not read.
      throw error === req.errored ? clientLeftError() : toRequestError(error, app, exchange.requestId);
    }
  }

  /** The database, or the provider of keys for tokens, may not respond. */
  function waitInTime(promise: Promise<Viewer>): Promise<Viewer> {
    return new Promise((resolve, reject) => {
      const deadline = deadlines.start(() => reject(timeoutError()));
      promise.then(resolve, reject).finally(() => deadline.end());
    });
  }

  function timeoutError(): GraphQLError {
    const message = `The request took longer than ${requestTimeoutMs / 1000} s and was stopped.`;
    return requestError(message, 'TIMEOUT', { status: 504 });
  }

  /** When it is the caller's turn. Returns without a promise where nothing must be awaited. */
  function runInTurn(payload: ParamsPayload, handler: ParamsHandler): MaybePromise<Result> {
    const { res, exchange } = payload.context;
    const { caller } = exchange!.gateway!;
    const leave = (): void => admission.leave(caller);
    const entered = admission.enter(caller, res);
    return entered === null
      ? runToEnd(payload, handler, leave)
      : entered.then(() => runToEnd(payload, handler, leave));
  }

  function runToEnd(payload: ParamsPayload, handler: ParamsHandler, leave: () => void): MaybePromise<Result> {
    let result: MaybePromise<Result>;
    try {
      // Parsing a large request, and a document for the first time, may each take one slice.
      result = isSliceSpent()
        ? nextTurn(payload.context.exchange!.gateway!.signal).then(
            () => handler(payload) as MaybePromise<Result>,
          )
        : (handler(payload) as MaybePromise<Result>);
    } catch (error) {
      leave();
      throw error;
    }
    if (isPromise(result)) return runInTime(payload.context, result, leave);
    leave();
    noteErrors(payload.context, result);
    return result;
  }

  /** Ends with the time-out or when the client disconnects; the loser of the race is not awaited. */
  function runInTime(context: ServerContext, running: Promise<Result>, leave: () => void): Promise<Result> {
    const { res } = context;
    const gateway = context.exchange!.gateway!;
    return new Promise((resolve, reject) => {
      const end = (error: GraphQLError): void => {
        context.exchange!.errors = 1;
        gateway.cancel(error);
        resolve({ errors: [error] });
      };
      const onClose = (): void => end(clientLeftError());
      const deadline = deadlines.start(() => end(timeoutError()));
      const settle = (): void => {
        deadline.end();
        res.removeListener('close', onClose);
        leave();
      };
      res.once('close', onClose);
      running.then(
        (result) => {
          settle();
          noteErrors(context, result);
          if (isAsyncIterable(result)) keepOpen(context, gateway, result);
          resolve(result);
        },
        (error: Error) => {
          settle();
          reject(error);
        },
      );
    });
  }

  /** A stream has no deadline: it ends with its client or with the server. */
  function keepOpen(
    { req, res }: ServerContext,
    gateway: GatewayRequest,
    stream: AsyncIterable<unknown>,
  ): void {
    const unwatch = streams.watch({
      isBlocked: () => res.writableNeedDrain,
      authenticate: () => authenticate(req.headers.authorization),
      drop(reason) {
        end();
        dropReader(res, reason);
      },
    });
    const end = (): void => {
      unwatch();
      res.removeListener('close', end);
      stopping.removeEventListener('abort', end);
      gateway.cancel(clientLeftError());
      void (stream as Partial<AsyncGenerator>).return?.(undefined);
    };
    if (res.destroyed || gateway.signal.aborted || stopping.aborted) return end();
    res.once('close', end);
    stopping.addEventListener('abort', end);
  }

  return {
    onRequestParse({ serverContext, setRequestParser, endResponse, fetchAPI }) {
      const { req } = serverContext;
      const exchange = new Exchange(requestIdOf(req.headers['x-request-id']));
      serverContext.exchange = exchange;
      // Before anything runs: Yoga checks it only after execution.
      if (!isAcceptable(req.headers.accept)) {
        exchange.errors = 1;
        const { message, extensions } = requestError(NOT_ACCEPTABLE, 'NOT_ACCEPTABLE', { status: 406 });
        const body = JSON.stringify({ errors: [{ message, extensions: { code: extensions.code } }] });
        endResponse(
          new fetchAPI.Response(body, {
            status: 406,
            headers: { 'content-type': 'application/json; charset=utf-8' },
          }),
        );
      } else setRequestParser(() => read(serverContext, exchange));
    },

    onParams({ params, context, paramsHandler, setParamsHandler }) {
      refusePersistedQuery(params);
      const { operationName } = params;
      if (operationName != null && NAME.test(operationName)) context.exchange!.operation = operationName;
      setParamsHandler((payload) => runInTurn(payload, paramsHandler));
    },

    onResponse({ serverContext: { req, res, exchange }, response }) {
      // The rest of a refused body is not read, so the connection cannot be reused.
      if (!req.complete) res.shouldKeepAlive = false;
      if (exchange === undefined) return;
      const { status, headers } = response;
      if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
      headers.set('x-request-id', exchange.requestId);
      if ((status === 503 || status === 429) && !headers.has('retry-after')) {
        headers.set('retry-after', RETRY_AFTER_SECONDS);
      }
      app.log.info({
        requestId: exchange.requestId,
        operation: exchange.operation,
        viewer: exchange.viewer,
        status,
        errors: exchange.errors,
        durationMs: Math.round((performance.now() - exchange.startedAt) * 100) / 100,
      });
    },
  };
}

const DROP_WITHIN_MS = 5_000;

/** The reason stands behind what waits to be read; the connection ends whether or not it is. */
function dropReader(res: ServerResponse, { message, extensions: { code } }: GraphQLError): void {
  const data = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  res.end(`event: next\ndata: ${data}\n\nevent: complete\ndata:\n\n`, () => res.socket?.end());
  setTimeout(() => res.destroy(), DROP_WITHIN_MS).unref();
}

function noteErrors({ exchange }: ServerContext, result: Result): void {
  if ('errors' in result) exchange!.errors = result.errors?.length;
}
