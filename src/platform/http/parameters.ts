/** GraphQL parameters from the request. Yoga checks them one by one after every plugin has seen them. */
import type { IncomingMessage } from 'node:http';

import type { GraphQLParams } from 'graphql-yoga';

import { isSliceSpent } from '../pacing.ts';
import type { Deadlines } from './deadlines.ts';
import { checkJson } from './json-limits.ts';
import { readBody } from './read-body.ts';
import { badRequest, requestError } from './request-error.ts';

/** @throws {GraphQLError} with an HTTP status, naming the fault. */
export async function readParameters(
  request: IncomingMessage,
  maxBodyBytes: number,
  deadlines: Deadlines,
): Promise<GraphQLParams> {
  if (request.method === 'GET') return toParameters(readQueryString(request.url ?? ''));
  if (request.method !== 'POST') {
    throw badRequest('GraphQL is asked by GET or POST.', { status: 405, headers: { allow: 'GET, POST' } });
  }
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  if (!isChunked && !(Number(request.headers['content-length']) > 0)) {
    throw badRequest('The request has no body.');
  }
  // A web page may send forms and plain text to any origin; JSON makes the browser send a preflight request.
  const contentType = request.headers['content-type'];
  if (contentType === undefined || !/^application\/json\s*(;\s*charset=utf-?8\s*)?$/i.test(contentType)) {
    const message = `Expected the content type application/json in UTF-8, got ${JSON.stringify(contentType ?? 'none')}.`;
    throw requestError(message, 'UNSUPPORTED_MEDIA_TYPE', { status: 415 });
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    const message = `A request body is taken as it is, not with the content encoding ${JSON.stringify(encoding)}.`;
    throw requestError(message, 'UNSUPPORTED_CONTENT_ENCODING', { status: 415 });
  }
  const text = await readBody(request, maxBodyBytes, deadlines);
  // The slice starts here: the steps that follow share it.
  isSliceSpent();
  checkJson(text);
  return toParameters(parseJson(text));
}

function toParameters(value: unknown): GraphQLParams {
  if (Array.isArray(value)) throw badRequest('Batches are not taken: send one operation per request.');
  if (typeof value !== 'object' || value === null) {
    throw badRequest('Expected a JSON object with `query`, `variables` and `operationName`.', {
      status: 400,
      spec: true,
    });
  }
  const parameters = value as Record<string, unknown>;
  // Clients without an operation name send an empty one.
  if (parameters['operationName'] === '') parameters['operationName'] = null;
  // The only type that Yoga does not check.
  if (parameters['operationName'] != null && typeof parameters['operationName'] !== 'string') {
    throw badRequest('Expected `operationName` to be a string.');
  }
  return parameters;
}

/** @throws {GraphQLError} with the position only: the message of `JSON.parse` repeats the body, secrets included. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec((error as Error).message)?.[0];
    throw badRequest(`The request is not valid JSON${place === undefined ? '' : ` ${place}`}.`);
  }
}

function readQueryString(url: string): Record<string, unknown> {
  const start = url.indexOf('?');
  const search = new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
  const parameters: Record<string, unknown> = {};
  for (const [name, text] of search) {
    const isJson = name === 'variables' || name === 'extensions';
    try {
      parameters[name] = isJson && text !== '' ? JSON.parse(text) : text === '' ? null : text;
    } catch {
      throw badRequest(`Expected \`${name}\` to be JSON.`, { status: 400, spec: true });
    }
  }
  return parameters;
}

/** Apollo's and urql's clients recognise this message and code, and send the full query from then on. */
export function refusePersistedQuery({ query, extensions }: GraphQLParams): void {
  if (query == null && extensions?.['persistedQuery'] !== undefined) {
    throw requestError('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED', {
      status: 400,
      spec: true,
    });
  }
}
