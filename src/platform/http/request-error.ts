/** Request errors, as responses with an HTTP status. */
import { GraphQLError } from 'graphql';

import type { App } from '../app.ts';
import { KeysUnavailableError, UnauthenticatedError } from '../auth/auth-error.ts';
import { outageErrorOf } from '../outage-error.ts';

export interface HttpAnswer {
  readonly status: number;
  /** The specification defines this error: with `application/json` its status is 200. */
  readonly spec?: boolean;
  readonly headers?: Record<string, string>;
}

export function requestError(message: string, code: string, http: HttpAnswer): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http } });
}

export function badRequest(message: string, http: HttpAnswer = { status: 400 }): GraphQLError {
  return requestError(message, 'BAD_REQUEST', http);
}

export function clientLeftError(): GraphQLError {
  return requestError('The client went away.', 'CANCELLED', { status: 499 });
}

/** The error that a caller may see; a bug is logged here and masked. */
export function toRequestError(error: unknown, app: App, requestId: string): GraphQLError {
  if (error instanceof GraphQLError) return error;
  if (error instanceof UnauthenticatedError) {
    const headers = { 'www-authenticate': 'Bearer realm="c360"' };
    return requestError(error.message, 'UNAUTHENTICATED', { status: 401, headers });
  }
  if (error instanceof KeysUnavailableError) {
    const headers = { 'retry-after': String(error.retryAfterSeconds) };
    return requestError(error.message, 'SERVICE_UNAVAILABLE', { status: 503, headers });
  }
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
