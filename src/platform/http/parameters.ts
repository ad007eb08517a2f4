/** GraphQL parameters out of what a client sent, checked field by field. */
import { GraphQLError } from 'graphql';

import type { GraphqlParameters } from '../graphql-engine.ts';

const NO_VARIABLES: Readonly<Record<string, unknown>> = Object.freeze({});
const KNOWN = new Set(['query', 'variables', 'operationName', 'extensions']);

/** @throws {GraphQLError} with an HTTP status, naming what is wrong. */
export function readParameters(body: unknown, isReadOnly: boolean): GraphqlParameters {
  if (Array.isArray(body)) throw badRequest('Batches are not taken: send one operation per request.');
  if (typeof body !== 'object' || body === null) {
    throw badRequest('Expected a JSON object with `query`, `variables` and `operationName`.', 400, true);
  }
  for (const key in body) {
    if (!KNOWN.has(key)) throw badRequest(`Unexpected parameter ${JSON.stringify(key)} in the request.`);
  }
  const { query, variables, operationName, extensions } = body as Record<string, unknown>;
  if (query == null) {
    if (isPersistedQuery(extensions)) throw badRequest(...PERSISTED_QUERY_NOT_SUPPORTED);
    throw badRequest('Must provide `query`.', 400, true);
  }
  if (typeof query !== 'string') throw badRequest('Expected `query` to be a string.');
  if (operationName != null && typeof operationName !== 'string') {
    throw badRequest('Expected `operationName` to be a string.');
  }
  readObject('extensions', extensions);
  return {
    query,
    variables: readObject('variables', variables) ?? NO_VARIABLES,
    operationName: operationName == null || operationName === '' ? null : operationName,
    isReadOnly,
  };
}

/** Apollo's and urql's clients know this message and code, and send the whole query from then on. */
const PERSISTED_QUERY_NOT_SUPPORTED = [
  'PersistedQueryNotSupported',
  400,
  true,
  'PERSISTED_QUERY_NOT_SUPPORTED',
] as const;

function isPersistedQuery(extensions: unknown): boolean {
  return typeof extensions === 'object' && extensions !== null && 'persistedQuery' in extensions;
}

function readObject(name: string, value: unknown): Readonly<Record<string, unknown>> | null {
  if (value == null) return null;
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badRequest(`Expected \`${name}\` to be an object.`);
}

/** @param isSpecified answered with 200 where the client only reads `application/json` */
export function badRequest(
  message: string,
  status: number = 400,
  isSpecified: boolean = false,
  code: string = 'BAD_REQUEST',
): GraphQLError {
  const http = isSpecified ? { status, spec: true } : { status };
  return new GraphQLError(message, { extensions: { code, http } });
}
