/** Yoga's steps of a request, replaced by the engine: parse, validate, execute, subscribe. */
import type { DocumentNode, ExecutionArgs, GraphQLError } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';

import type { Engine, EngineResult, OperationParameters, WrittenResult } from '../graphql-engine.ts';
import type { ServerContext } from './exchange.ts';
import type { GatewayRequest } from './gateway-request.ts';
import { acceptsEvents } from './media-types.ts';
import { badRequest } from './request-error.ts';
import { type Streams, untilEnd } from './streams.ts';

const NO_VARIABLES: Readonly<Record<string, unknown>> = Object.freeze({});

export function useEngine(engine: Engine, streams: Streams): Plugin<ServerContext> {
  function execute(args: ExecutionArgs) {
    const result = engine.execute(args.document, parametersOf(args), gatewayOf(args));
    return result instanceof Promise ? result.then(toYogaResult) : toYogaResult(result);
  }

  async function subscribe(args: ExecutionArgs) {
    const { req } = args.contextValue as ServerContext;
    // Yoga would check it only when the stream exists.
    if (!acceptsEvents(req.headers.accept)) {
      const message = 'A subscription is answered as `text/event-stream`, which must be accepted.';
      return { errors: [badRequest(message, { status: 406 })] };
    }
    const gateway = gatewayOf(args);
    let release: () => void;
    try {
      release = streams.open(gateway.caller);
    } catch (error) {
      return { errors: [error as GraphQLError] };
    }
    const result = await engine.subscribe(args.document, parametersOf(args), gateway, () =>
      gateway.another(),
    );
    if (isAsyncIterable(result)) return untilEnd(mapAsyncIterator(result, toYogaResult), release);
    release();
    return toYogaResult(result);
  }

  return {
    onParse({ context, setParseFn }) {
      setParseFn((text: string) => engine.parse(text, context.params.operationName ?? null));
    },
    onValidate({ context, setValidationFn }) {
      const { viewer } = context.exchange!.gateway!;
      setValidationFn((_schema: unknown, document: DocumentNode) =>
        engine.validate(document, context.params.operationName ?? null, viewer),
      );
    },
    onExecute: ({ setExecuteFn }) => setExecuteFn(execute),
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe),
  };
}

function parametersOf({ variableValues, operationName }: ExecutionArgs): OperationParameters {
  return { variables: variableValues ?? NO_VARIABLES, operationName: operationName ?? null };
}

function gatewayOf({ contextValue }: ExecutionArgs): GatewayRequest {
  return (contextValue as ServerContext).exchange!.gateway!;
}

/** `stringify` writes the bytes. An own property: plugins copy results by their properties. */
function toYogaResult(result: EngineResult) {
  if (!('body' in result)) return result;
  const { body } = result;
  return {
    body,
    stringify: bytesOf,
    /** Only plugins read it. */
    get data() {
      return (JSON.parse(Buffer.from(body).toString()) as { data: Record<string, unknown> }).data;
    },
  };
}

/** Yoga declares text; bytes are sent unchanged (test/gateway/yoga.db.test.ts). */
function bytesOf(result: object): string {
  return (result as WrittenResult).body as unknown as string;
}
