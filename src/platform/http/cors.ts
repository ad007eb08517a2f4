/** Which web pages of other origins may read our answers. None unless configured. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Cors {
  /** Sets the headers that let the page read the answer, where its origin is allowed. */
  allow(request: IncomingMessage, response: ServerResponse): void;
  /** Answers a preflight. */
  preflight(request: IncomingMessage, response: ServerResponse): void;
}

const PREFLIGHT_SECONDS = 7_200;

/**
 * @param origins exact origins such as `https://shop.example`, or `*` for every page. Callers prove themselves by the
 * `authorization` header, which no browser adds by itself, so cookies are never allowed.
 */
export function createCors(origins: readonly string[]): Cors {
  const allowed = new Set(origins);
  const isOpen = allowed.has('*');

  function allow(request: IncomingMessage, response: ServerResponse): boolean {
    const { origin } = request.headers;
    if (origin === undefined || allowed.size === 0) return false;
    response.setHeader('vary', 'origin');
    if (!isOpen && !allowed.has(origin)) return false;
    response.setHeader('access-control-allow-origin', isOpen ? '*' : origin);
    response.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
    return true;
  }

  return {
    allow,
    preflight(request, response) {
      if (allow(request, response)) {
        response.setHeader('access-control-allow-methods', 'GET, POST');
        response.setHeader('access-control-allow-headers', 'authorization, content-type, x-request-id');
        response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
      }
      response.writeHead(204).end();
    },
  };
}
