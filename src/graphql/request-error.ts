/** Request errors, answered before anything runs. */
import { type ASTNode, GraphQLError } from 'graphql';

export interface RequestErrorOptions {
  readonly code: string;
  /** HTTP status; with `isSpecified` only where the client asked for `application/graphql-response+json`. */
  readonly status: number;
  /** The GraphQL over HTTP specification defines this error: with plain `application/json` its status is 200. */
  readonly isSpecified?: boolean;
  readonly nodes?: readonly ASTNode[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export function requestError(message: string, options: RequestErrorOptions): GraphQLError {
  const { code, status, isSpecified = false, nodes = null, extensions = {} } = options;
  return new GraphQLError(message, {
    nodes,
    // Always set: by default, Yoga takes a validation error for a specified one.
    extensions: { code, ...extensions, http: { status, spec: isSpecified } },
  });
}
