/** Which web pages of other origins may read responses. None unless configured. */
import type { CORSOptions } from 'graphql-yoga';

import type { ServerContext } from './exchange.ts';

const PREFLIGHT_SECONDS = 7_200;

/**
 * The `cors` option of Yoga. Its default lets every origin read responses, with cookies, and for a list of origins it
 * answers an unlisted one that `null` is allowed.
 * @param origins exact origins such as `https://shop.example`, or `*` for every page. Callers authenticate by the
 * `authorization` header, which no browser adds by itself, so cookies are never allowed.
 */
export function corsOf(
  origins: readonly string[],
): false | ((request: Request, context: unknown) => CORSOptions) {
  if (origins.length === 0) return false;
  const allowed = new Set(origins);
  const isOpen = allowed.has('*');
  return ({ headers, url }, context) => {
    // Routes of the tracking API say it themselves, by write key.
    if (new URL(url).pathname.startsWith('/v1/')) return false;
    const origin = headers.get('origin');
    if (origin === null) return false;
    (context as ServerContext).res.setHeader('vary', 'origin');
    if (!isOpen && !allowed.has(origin)) return false;
    return {
      origin: [origin],
      methods: ['GET', 'POST'],
      allowedHeaders: ['authorization', 'content-type', 'x-request-id'],
      exposedHeaders: ['x-request-id', 'retry-after'],
      credentials: false,
      maxAge: PREFLIGHT_SECONDS,
    };
  };
}
