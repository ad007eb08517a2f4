/** What a server runs GraphQL requests with. Keeps `http` and `graphql` apart: neither imports the other. */
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';

import type { Viewer } from './auth/viewer.ts';
import type { RequestContext } from './request.ts';

export type MaybePromise<T> = T | Promise<T>;

export interface OperationParameters {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
}

export interface GraphqlParameters extends OperationParameters {
  readonly query: string;
}

/** What an operation came to: a result, or where nothing went wrong the whole body of the answer. */
export type EngineResult = ExecutionResult | WrittenResult;

export interface WrittenResult {
  /** JSON in UTF-8. */
  readonly body: Uint8Array;
  readonly errors?: undefined;
}

/** The steps of a request in their order, and all of them at once. Errors may carry `extensions.http` with a status, which no body shows. */
export interface Engine {
  readonly schema: GraphQLSchema;
  /** @throws {GraphQLError} no GraphQL, or no operation of that name in it. */
  parse(text: string, operationName: string | null): DocumentNode;
  /**
   * Empty where the document is valid and this caller may run the operation. Access is decided here, so that a plugin
   * that answers in the place of `execute`, such as a response cache, stands behind it.
   */
  validate(document: DocumentNode, operationName: string | null, viewer: Viewer): readonly GraphQLError[];
  /** Checks what the operation costs, then runs it. Never throws. */
  execute(
    document: DocumentNode,
    parameters: OperationParameters,
    context: RequestContext,
  ): MaybePromise<EngineResult>;
  /**
   * A stream of answers, or why there is none. Never throws.
   * @param contextOfEvent what one event is answered with: loaders of an earlier event would answer as of then
   */
  subscribe(
    document: DocumentNode,
    parameters: OperationParameters,
    context: RequestContext,
    contextOfEvent: () => RequestContext,
  ): Promise<EngineResult | AsyncIterable<EngineResult>>;
  /** Parses, validates and executes: for whoever has no server. Never throws. */
  answer(parameters: GraphqlParameters, context: RequestContext): MaybePromise<EngineResult>;
}
