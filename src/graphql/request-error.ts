/** Errors of a whole request, answered before anything runs. */
import { type ASTNode, GraphQLError } from 'graphql';

export interface RequestErrorOptions {
  readonly code: string;
  /** HTTP status; with `isSpecified` only where the client asked for `application/graphql-response+json`. */
  readonly status: number;
  /** The GraphQL over HTTP specification knows this error: a plain `application/json` client gets it with 200. */
  readonly isSpecified?: boolean;
  readonly nodes?: readonly ASTNode[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export function requestError(message: string, options: RequestErrorOptions): GraphQLError {
  const { code, status, isSpecified = false, nodes = null, extensions = {} } = options;
  return new GraphQLError(message, {
    nodes,
    // Said either way: Yoga takes an error of validation for specified where nothing is said.
    extensions: { code, ...extensions, http: { status, spec: isSpecified } },
  });
}
