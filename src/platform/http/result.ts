/** A GraphQL result as an HTTP answer, after the GraphQL over HTTP specification. Sends nothing. */
import type { GraphQLError, GraphQLErrorExtensions } from 'graphql';

import type { EngineResult } from '../graphql-engine.ts';

export type MediaType = 'application/json' | 'application/graphql-response+json';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

interface HttpExtension {
  readonly status?: number;
  /** The specification knows this error: with `application/json` it comes with 200. */
  readonly spec?: boolean;
}

const CONTENT_TYPE: Readonly<Record<MediaType, string>> = {
  'application/json': 'application/json; charset=utf-8',
  'application/graphql-response+json': 'application/graphql-response+json; charset=utf-8',
};

export function toAnswer(result: EngineResult, mediaType: MediaType): Answer {
  const { errors } = result;
  if (errors === undefined) {
    const body = 'body' in result ? result.body : JSON.stringify({ data: result.data });
    return { status: 200, contentType: CONTENT_TYPE[mediaType], body };
  }
  let status = 200;
  for (const error of errors) {
    const http = httpOf(error);
    if (http?.status === undefined || (http.spec === true && mediaType === 'application/json')) continue;
    status = Math.max(status, http.status);
  }
  // Without `data` nothing ran, and the specification has no such answer with 200.
  if (result.data === undefined && mediaType !== 'application/json') status = Math.max(status, 400);
  const body = JSON.stringify({ errors: errors.map(toPublicError), data: result.data });
  return { status, contentType: CONTENT_TYPE[mediaType], body };
}

/** Errors of compiled code carry no extensions where graphql-js gives them empty ones. */
function httpOf(error: GraphQLError): HttpExtension | undefined {
  const extensions = error.extensions as GraphQLErrorExtensions | undefined;
  return extensions?.['http'];
}

/** The error without its HTTP status, which is for us. */
function toPublicError(error: GraphQLError): object {
  if (httpOf(error) === undefined) return error;
  const { http: _, ...extensions } = error.extensions;
  return { message: error.message, locations: error.locations, path: error.path, extensions };
}

/** What to answer with; null for anything but the two JSON types. */
export function negotiate(accept: string | undefined): MediaType | null {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return 'application/json';
  for (const part of accept.split(',')) {
    const mediaType = part.split(';', 1)[0]!.trim().toLowerCase();
    if (mediaType === 'application/graphql-response+json') return mediaType;
    if (mediaType === 'application/json' || mediaType === '*/*' || mediaType === 'application/*') {
      return 'application/json';
    }
  }
  return null;
}
