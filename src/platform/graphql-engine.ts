/** What a transport hands over to be answered. Keeps `http` and `graphql` apart: neither imports the other. */
import type { ExecutionResult } from 'graphql';

import type { RequestContext } from './request.ts';

export type MaybePromise<T> = T | Promise<T>;

export interface GraphqlParameters {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
  /** A GET must not change anything. */
  readonly isReadOnly: boolean;
}

/** What an operation came to: a result, or where nothing went wrong the whole body of the answer. */
export type EngineResult = ExecutionResult | WrittenResult;

export interface WrittenResult {
  /** JSON in UTF-8. */
  readonly body: Uint8Array;
  readonly errors?: undefined;
}

/** Errors may carry `extensions.http` with a status, which no client sees in the body. Never throws. */
export type Engine = (parameters: GraphqlParameters, context: RequestContext) => MaybePromise<EngineResult>;
