/** The GraphiQL page, complete and compressed, without external resources. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

import type { FetchAPI } from 'graphql-yoga';

export interface GraphiqlOptions {
  /** Filled into the page for requests that reach this machine by a loopback name; null leaves the header empty. */
  readonly key: string | null;
  readonly examples: readonly GraphiqlExample[];
}

export interface GraphiqlExample {
  readonly title: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

const compress = promisify(gzip);
const decompress = promisify(gunzip);
/** Loopback names only: another host name that resolves to this machine may be DNS rebinding. */
const OWN_NAME = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

export function wantsGraphiql(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.headers.accept?.includes('text/html') === true;
}

export type AnswerWithPage = (request: IncomingMessage, fetchAPI: FetchAPI) => Promise<Response>;

export function createGraphiqlPage(options: GraphiqlOptions): AnswerWithPage {
  // 9 MB of page: rendered and compressed on first use, once for each of its two forms.
  const pages = new Map<boolean, Promise<{ body: Buffer<ArrayBuffer>; etag: string }>>();

  return async (request, fetchAPI) => {
    const hasKey = options.key !== null && OWN_NAME.test(request.headers.host ?? '');
    let page = pages.get(hasKey);
    if (page === undefined) {
      page = render({ ...options, key: hasKey ? options.key : null });
      pages.set(hasKey, page);
    }
    const { body, etag } = await page;
    const headers: Record<string, string> = {
      'cache-control': 'private, no-cache',
      etag,
      'x-frame-options': 'DENY',
      'content-security-policy': "frame-ancestors 'none'",
    };
    if (request.headers['if-none-match'] === etag)
      return new fetchAPI.Response(null, { status: 304, headers });
    headers['vary'] = 'accept-encoding';
    headers['content-type'] = 'text/html; charset=utf-8';
    if (!takesGzip(request)) return new fetchAPI.Response(await decompress(body), { headers });
    headers['content-encoding'] = 'gzip';
    return new fetchAPI.Response(body, { headers });
  };
}

/** RFC 9110, section 12.5.3: a coding is accepted unless its quality is 0. */
function takesGzip(request: IncomingMessage): boolean {
  const accepted = (request.headers['accept-encoding'] ?? '').toLowerCase();
  const qualities = new Map(
    accepted.split(',').map((part) => {
      const [coding = '', quality = ''] = part.split(';');
      return [coding.trim(), Number(/q=([\d.]+)/.exec(quality)?.[1] ?? 1)];
    }),
  );
  return (qualities.get('gzip') ?? qualities.get('x-gzip') ?? qualities.get('*') ?? 0) > 0;
}

async function render(options: GraphiqlOptions): Promise<{ body: Buffer<ArrayBuffer>; etag: string }> {
  // Loaded with the first request for a page: it is 9 MB of text.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const headers = JSON.stringify({ authorization: `Bearer ${options.key ?? 'c360_…'}` }, null, 2);
  const html = renderGraphiQL({
    title: 'Customer 360',
    endpoint: '/graphql',
    headers,
    shouldPersistHeaders: false,
    isHeadersEditorEnabled: true,
    defaultTabs: options.examples.map(({ title, query, variables }) => ({
      query: `# ${title}\n${query}`,
      headers,
      ...(variables === undefined ? {} : { variables: JSON.stringify(variables, null, 2) }),
    })),
  });
  const body = await compress(html);
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}
