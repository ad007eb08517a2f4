/** The interface by which a server runs GraphQL requests, so that `http` and `graphql` do not import each other. */
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

/** The outcome of an operation: a result, or the serialized body of the response where there was no error. */
export type EngineResult = ExecutionResult | WrittenResult;

export interface WrittenResult {
  /** JSON in UTF-8. */
  readonly body: Uint8Array;
  readonly errors?: undefined;
}

/**
 * The steps of a request in their order, and all of them at once. Errors may carry `extensions.http` with a status,
 * which is not part of the body.
 */
export interface Engine {
  readonly schema: GraphQLSchema;
  /** @throws {GraphQLError} not GraphQL, or no operation of that name in it. */
  parse(text: string, operationName: string | null): DocumentNode;
  /**
   * Empty if the document is valid and this caller may run the operation. Authorisation is part of it, so that it also
   * precedes a plugin that answers in place of `execute`, such as a response cache.
   */
  validate(document: DocumentNode, operationName: string | null, viewer: Viewer): readonly GraphQLError[];
  /** Checks the cost of the operation, then runs it. Never throws. */
  execute(
    document: DocumentNode,
    parameters: OperationParameters,
    context: RequestContext,
  ): MaybePromise<EngineResult>;
  /**
   * A stream of responses, or the reason for none. Never throws.
   * @param contextOfEvent context of one event: the loaders of an earlier event would return the data of that time
   */
  subscribe(
    document: DocumentNode,
    parameters: OperationParameters,
    context: RequestContext,
    contextOfEvent: () => RequestContext,
  ): Promise<EngineResult | AsyncIterable<EngineResult>>;
  /** Parses, validates and executes, for callers without a server. Never throws. */
  answer(parameters: GraphqlParameters, context: RequestContext): MaybePromise<EngineResult>;
}
