/** Subscriptions over WebSocket, by the protocol graphql-transport-ws. Queries and mutations go over HTTP. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { type ExecutionResult, getOperationAST, GraphQLError, OperationTypeNode } from 'graphql';
import { CloseCode, type Context } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { isAsyncIterable, mapAsyncIterator } from 'graphql-yoga';
import { type WebSocket, WebSocketServer } from 'ws';

import type { App } from '../app.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Engine, EngineResult } from '../graphql-engine.ts';
import { GatewayRequest, requestIdOf } from './gateway-request.ts';
import { badRequest, toRequestError } from './request-error.ts';
import { type Streams, untilEnd } from './streams.ts';
import { GRAPHQL_PATH } from './use-routes.ts';

/** Longest message of a client; subscriptions are short. */
const MAX_MESSAGE_BYTES = 65_536;
const INIT_WITHIN_MS = 5_000;
/** A reader that does not answer this long is gone. */
const HEARTBEAT_MS = 12_000;
const CLOSE_WITHIN_MS = 1_000;
/** Of the range for applications. */
const SLOW_READER_CODE = 4008;

export interface WebSocketOptions {
  readonly app: App;
  readonly engine: Engine;
  readonly authenticate: Authenticate;
  readonly streams: Streams;
}

/** Data of a connection in the library. */
type Extra = {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  viewer?: Viewer;
};

interface Subscribing {
  readonly gateway: GatewayRequest;
  readonly release: () => void;
}

/** @returns ends all connections */
export function serveWebSockets(server: Server, options: WebSocketOptions): () => Promise<void> {
  const { app, engine, authenticate, streams } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  /** Of each socket, the requests of its subscriptions by their id. */
  const gatewaysOf = new WeakMap<WebSocket, Map<string, GatewayRequest>>();

  async function connect({ connectionParams, extra }: Context<Record<string, unknown>, Extra>) {
    const { socket, request } = extra;
    const given = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
    const authorization = typeof given === 'string' ? given : request.headers.authorization;
    try {
      extra.viewer = await authenticate(authorization);
    } catch (error) {
      const { message } = toRequestError(error, app, requestIdOf(undefined));
      socket.close(CloseCode.Forbidden, message.slice(0, 120));
      return false;
    }
    const unwatch = streams.watch({
      isBlocked: () => socket.bufferedAmount > 0,
      authenticate: () => authenticate(authorization),
      drop: ({ message, extensions: { code } }) => {
        const closeCode = code === 'SLOW_READER' ? SLOW_READER_CODE : CloseCode.Forbidden;
        socket.close(closeCode, message.slice(0, 120));
        setTimeout(() => socket.terminate(), CLOSE_WITHIN_MS).unref();
      },
    });
    socket.once('close', () => {
      unwatch();
      for (const gateway of gatewaysOf.get(socket)?.values() ?? [])
        gateway.cancel(new Error('the client left'));
    });
    return true;
  }

  /** Checks the operation and the limit of subscriptions. */
  function prepare(
    { extra: { socket, viewer } }: Context<Record<string, unknown>, Extra>,
    id: string,
    payload: {
      readonly query: string;
      readonly operationName?: string | null | undefined;
      readonly variables?: object | null | undefined;
    },
  ) {
    const operationName = payload.operationName ?? null;
    try {
      const document = engine.parse(payload.query, operationName);
      const errors = engine.validate(document, operationName, viewer!);
      if (errors.length > 0) return errors.map(withoutStatus);
      if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) {
        throw badRequest('Only subscriptions go over WebSocket; post queries and mutations.');
      }
      const gateway = new GatewayRequest(app, viewer!, requestIdOf(undefined));
      const release = streams.open(gateway.caller);
      const gateways = gatewaysOf.get(socket) ?? new Map<string, GatewayRequest>();
      gatewaysOf.set(socket, gateways.set(id, gateway));
      const end = (): void => {
        release();
        gateways.delete(id);
      };
      const contextValue: Subscribing = { gateway, release: end };
      const variableValues = { ...payload.variables };
      return { schema: engine.schema, document, operationName, variableValues, contextValue };
    } catch (error) {
      return [withoutStatus(toRequestError(error, app, requestIdOf(undefined)))];
    }
  }

  async function subscribe(args: ReturnType<typeof prepare>) {
    const { document, operationName, variableValues, contextValue } = args as Exclude<
      typeof args,
      readonly unknown[]
    >;
    const { gateway, release } = contextValue;
    const parameters = { variables: variableValues, operationName };
    const result = await engine.subscribe(document, parameters, gateway, () => gateway.another());
    if (isAsyncIterable(result)) return untilEnd(mapAsyncIterator(result, toPlainResult), release);
    release();
    return toPlainResult(result);
  }

  const { dispose } = useServer<Record<string, unknown>, Extra>(
    {
      isProd: true,
      connectionInitWaitTimeout: INIT_WITHIN_MS,
      onConnect: connect,
      onSubscribe: prepare,
      subscribe: (args) => subscribe(args as never) as never,
      onComplete({ extra: { socket } }, id) {
        gatewaysOf.get(socket)?.get(id)?.cancel(new Error('the client unsubscribed'));
      },
    },
    sockets,
    HEARTBEAT_MS,
  );

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split('?', 1)[0] !== GRAPHQL_PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      sockets.emit('connection', webSocket, request),
    );
  });

  return async () => {
    const giveUp = setTimeout(() => {
      for (const client of sockets.clients) client.terminate();
    }, CLOSE_WITHIN_MS);
    await dispose();
    clearTimeout(giveUp);
  };
}

function toPlainResult(result: EngineResult): ExecutionResult {
  if ('body' in result) return JSON.parse(Buffer.from(result.body).toString()) as ExecutionResult;
  return result.errors === undefined ? result : { ...result, errors: result.errors.map(withoutStatus) };
}

/** Clients over WebSocket get no HTTP status. */
function withoutStatus(error: GraphQLError): GraphQLError {
  const { http: _, ...extensions } = error.extensions;
  const { message, nodes = null, source = null, positions = null, path = null } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}
