/** `GET /exports/…`: the text of an export, for a caller with a signed link that has not expired. */
import { ReadableStream } from 'node:stream/web';

import type { App } from '#platform/app.ts';
import type { Route, RouteAnswer } from '#platform/http/route.ts';

import { EXPORT_PATH, openLink, readExportText } from './service.ts';

const TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson; charset=utf-8' } as const;
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

export function exportRoute(app: App): Route {
  return ({ req, path }) =>
    path.startsWith(EXPORT_PATH) ? answer(app, req.method ?? 'GET', req.url ?? '/') : null;
}

async function answer(app: App, method: string, url: string): Promise<RouteAnswer> {
  if (method !== 'GET') return { status: 405, headers: { allow: 'GET' }, body: null };
  const found = await openLink(app, new URL(url, 'http://gateway'));
  if (found === null) {
    const message = 'This link is not whole, or has expired. Ask for another one.';
    return { status: 403, headers: JSON_TYPE, body: JSON.stringify({ errors: [{ message }] }) };
  }
  return {
    status: 200,
    headers: {
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'content-type': TYPES[found.format],
      'content-disposition': `attachment; filename="customers-${found.id}.${found.format}"`,
    },
    body: ReadableStream.from(encode(readExportText(app, found))) as RouteAnswer['body'],
  };
}

async function* encode(parts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) yield Buffer.from(part);
}
