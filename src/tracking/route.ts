/**
 * The tracking API over HTTP, compatible with the clients of Segment and RudderStack: addresses, write keys, responses.
 */
import type { IncomingMessage } from 'node:http';

import type { App } from '#platform/app.ts';
import { createKeyReader } from '#platform/auth/api-keys.ts';
import { hasScope, type Viewer } from '#platform/auth/viewer.ts';
import { isUnavailable } from '#platform/database/availability.ts';
import type { Route, RouteAnswer, RouteRequest } from '#platform/http/route.ts';

import { parseJson, readJsonBody, RefusedError } from './body.ts';
import { inboxOf } from './inbox.ts';
import { MAX_MESSAGE_BYTES, type MessageType, objectOf } from './message.ts';
import { receiveMessages, type Sender } from './receive.ts';

/** Maximum number of messages in one request. */
const MAX_MESSAGES = 2_500;
/** Requests of this process that are read or stored at a time; each may take a few MB. */
const MAX_REQUESTS = 64;
const MAX_SOURCE_LENGTH = 100;
const SLOW_DOWN_SECONDS = 5;

type Endpoint = MessageType | 'batch' | 'metrics' | 'pixel' | 'settings';

const endpoints: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ...(['identify', 'track', 'page', 'screen', 'group', 'alias', 'batch'] as const).map(
    (name) => [`/v1/${name}`, name] as const,
  ),
  ['/v1/import', 'batch'],
  // The short forms of the browser client.
  ['/v1/i', 'identify'],
  ['/v1/t', 'track'],
  ['/v1/p', 'page'],
  ['/v1/s', 'screen'],
  ['/v1/g', 'group'],
  ['/v1/a', 'alias'],
  ['/v1/b', 'batch'],
  ['/v1/m', 'metrics'],
  ['/v1/pixel/track', 'pixel'],
]);
const SETTINGS = /^\/v1\/projects\/([^/]{1,200})\/settings$/;

/** 1x1, transparent. */
const PIXEL = new Uint8Array(
  Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'),
);

export function trackingRoute(app: App): Route {
  const readKey = createKeyReader(app);
  const inbox = inboxOf(app);
  // Messages of an earlier process.
  inbox.wake();
  let requestCount = 0;

  /** @throws {RefusedError} 401 no key, or an unknown one; 403 without the scope, or from a page that may not use it */
  async function authenticate(key: string | null, origin: string | undefined): Promise<Sender> {
    if (key === null) {
      throw new RefusedError(
        401,
        'Expected a write key: as user name of Basic, as Bearer, or as `writeKey`.',
      );
    }
    const viewer: Viewer | null = await readKey(key);
    if (viewer === null) throw new RefusedError(401, 'This write key is unknown or revoked.');
    if (!hasScope(viewer, 'ingest')) throw new RefusedError(403, 'This key lacks the scope `ingest`.');
    if (origin !== undefined && viewer.origins != null && !viewer.origins.includes(origin)) {
      throw new RefusedError(403, 'This write key may not be used by pages of this origin.');
    }
    return {
      source: viewer.name.trim().slice(0, MAX_SOURCE_LENGTH),
      mayMerge: hasScope(viewer, 'customers:write'),
    };
  }

  async function receive(request: RouteRequest, endpoint: Endpoint): Promise<RouteAnswer> {
    const { req, stopping } = request;
    const receivedAt = app.clock();
    if (stopping.aborted) throw new RefusedError(503, 'The server is stopping.', 1);
    if (inbox.backlog >= app.config.tracking.maxBacklog) {
      throw new RefusedError(429, 'Too many messages wait to be worked off.', SLOW_DOWN_SECONDS);
    }
    const headerKey = keyOfHeader(req.headers.authorization);
    // Before the body is read: a request without a key must cost nothing.
    const known = headerKey === null ? null : await authenticate(headerKey, req.headers.origin);
    const isPixel = endpoint === 'pixel';
    const value = isPixel ? readPixel(req) : await readJsonBody(req, app.config.requestTimeoutMs);
    const body = objectOf(value);
    if (body === null) throw new RefusedError(400, 'Expected a JSON object.');
    const key = body['writeKey'];
    const sender = known ?? (await authenticate(typeof key === 'string' ? key : null, req.headers.origin));
    if (endpoint === 'metrics') return json(200, { success: true });
    const messages = messagesOf(body, endpoint);
    const type = endpoint === 'batch' ? undefined : isPixel ? 'track' : (endpoint as MessageType);
    const receipt = await receiveMessages(app, sender, messages, type, {
      receivedAt,
      sentAt: body['sentAt'],
      context: endpoint === 'batch' ? body['context'] : undefined,
    });
    const { dropped, repeatedCount } = receipt;
    if (isPixel) return pixel();
    if (dropped.length === messages.length && dropped.length > 0) {
      const [first] = dropped;
      return json(400, {
        success: false,
        code: 'invalid_request',
        message: `message ${first!.index}: ${first!.reason}`,
        dropped,
      });
    }
    const told = dropped.length === 0 ? {} : { dropped };
    return json(200, { success: true, ...(repeatedCount === 0 ? {} : { repeated: repeatedCount }), ...told });
  }

  async function serve(request: RouteRequest, endpoint: Endpoint): Promise<RouteAnswer> {
    if (requestCount >= MAX_REQUESTS) {
      throw new RefusedError(429, 'Too many requests are under way.', 1);
    }
    requestCount += 1;
    try {
      return await receive(request, endpoint);
    } finally {
      requestCount -= 1;
    }
  }

  return (request) => {
    const { req, path, requestId } = request;
    const settingsKey = SETTINGS.exec(path)?.[1];
    const endpoint = settingsKey === undefined ? endpoints.get(path) : 'settings';
    if (endpoint === undefined) return null;
    const origin = req.headers.origin;
    if (req.method === 'OPTIONS') return Promise.resolve(preflight(origin));
    const method = endpoint === 'pixel' || endpoint === 'settings' ? 'GET' : 'POST';
    const startedAt = performance.now();
    const answered =
      req.method !== method
        ? Promise.resolve({ ...json(405, failure(`Expected ${method}.`)), headers: { allow: method } })
        : settingsKey === undefined
          ? serve(request, endpoint)
          : authenticate(decodeKey(settingsKey), origin).then(() => settings(req, settingsKey));
    return answered
      .catch((error: unknown) => toAnswer(app, error, endpoint))
      .then((answer) => {
        const { status } = answer;
        const durationMs = Math.round((performance.now() - startedAt) * 100) / 100;
        app.log.info({ requestId, tracking: endpoint, status, durationMs });
        return { ...answer, headers: { ...corsHeaders(origin), ...answer.headers } };
      });
  };
}

/** The messages of a request. @throws {RefusedError} 400 not a list, or 413 too many or too long */
function messagesOf(body: Readonly<Record<string, unknown>>, endpoint: Endpoint): readonly unknown[] {
  if (endpoint !== 'batch') {
    if (Buffer.byteLength(JSON.stringify(body)) > MAX_MESSAGE_BYTES) {
      throw new RefusedError(
        413,
        `The message is longer than ${MAX_MESSAGE_BYTES} bytes, which is the limit.`,
      );
    }
    return [body];
  }
  const { batch } = body;
  if (!Array.isArray(batch)) throw new RefusedError(400, 'Expected a list of messages in `batch`.');
  if (batch.length > MAX_MESSAGES) {
    throw new RefusedError(413, `The batch holds more than ${MAX_MESSAGES} messages, which is the limit.`);
  }
  return batch;
}

function keyOfHeader(authorization: string | undefined): string | null {
  if (authorization === undefined) return null;
  const [, scheme, credential] = /^(Basic|Bearer) +([\x21-\x7e]{1,500})$/i.exec(authorization) ?? [];
  if (credential === undefined) return null;
  if (scheme!.toLowerCase() === 'bearer') return credential;
  return Buffer.from(credential, 'base64').toString().split(':', 1)[0]!;
}

/** The message in `data`, base64 of JSON, in either alphabet. @throws {RefusedError} */
function readPixel(req: IncomingMessage): unknown {
  const parameters = new URL(req.url ?? '/', 'http://localhost').searchParams;
  const data = parameters.get('data');
  if (data === null) throw new RefusedError(400, 'Expected `data`, base64 of JSON.');
  const message = parseJson(Buffer.from(data.replaceAll(' ', '+'), 'base64').toString());
  const writeKey = parameters.get('writeKey');
  const body = objectOf(message);
  return body === null || writeKey === null ? message : { writeKey, ...body };
}

function decodeKey(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The settings that the browser client loads first: everything goes to this server. */
function settings(req: IncomingMessage, writeKey: string): RouteAnswer {
  const protocol = String(req.headers['x-forwarded-proto'] ?? 'http').split(',', 1)[0]!;
  return json(200, {
    integrations: {
      'Segment.io': {
        apiKey: decodeKey(writeKey),
        apiHost: `${req.headers.host}/v1`,
        protocol,
        unbundledIntegrations: [],
        addBundledMetadata: false,
        versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
      },
    },
    plan: { track: { __default: { enabled: true, integrations: {} } } },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0 },
    remotePlugins: [],
  });
}

/** For every page: a key in a page is not secret, and its origins are checked with it. */
function corsHeaders(origin: string | undefined): Record<string, string> {
  return origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'origin' };
}

function preflight(origin: string | undefined): RouteAnswer {
  return {
    status: 204,
    headers: {
      ...corsHeaders(origin),
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type, content-encoding, x-request-id',
      'access-control-max-age': '7200',
    },
    body: null,
  };
}

function toAnswer(app: App, error: unknown, endpoint: Endpoint): RouteAnswer {
  // A mail shows its picture whatever the outcome.
  if (endpoint === 'pixel' && error instanceof RefusedError && error.status < 429) return pixel();
  if (error instanceof RefusedError) {
    const { status, message, retryAfterSeconds } = error;
    const headers = { ...retryAfter(retryAfterSeconds), ...(status === 401 ? CHALLENGE : {}) };
    const answer = json(status, failure(message));
    return { ...answer, headers: { ...answer.headers, ...headers } };
  }
  if (isUnavailable(error)) {
    const answer = json(503, failure('The database cannot be reached for the moment.'));
    return { ...answer, headers: { ...answer.headers, ...retryAfter(1) } };
  }
  app.log.error({ error }, 'a tracking request failed');
  return json(500, failure('Unexpected error.'));
}

const CHALLENGE = { 'www-authenticate': 'Basic realm="c360"' };

function retryAfter(seconds: number | null): Record<string, string> {
  return seconds === null ? {} : { 'retry-after': String(seconds) };
}

function failure(message: string): object {
  return { success: false, message };
}

function pixel(): RouteAnswer {
  return { status: 200, headers: { 'content-type': 'image/gif' }, body: PIXEL };
}

function json(status: number, body: object): RouteAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  };
}
