/** Posts one message to one address, in bounded time. Knows no webhook. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';

import { isPrivateAddress, lookUpPublic, PrivateAddressError } from './addresses.ts';

const TIMEOUT_MS = 15_000;
const MAX_REDIRECTS = 3;

export interface Message {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SendOptions {
  /** Hosts that may be private, and may be called without TLS. */
  readonly privateHosts: readonly string[];
  readonly timeoutMs?: number;
}

export interface Reply {
  readonly status: number;
  /** Of a number of seconds or a date; null where the receiver gave none. */
  readonly retryAfterMs: number | null;
}

/**
 * Follows redirects, each of which is judged as the first address is. The status is the answer: bodies are not read, so
 * that a receiver that lies about one, or never ends it, costs nothing.
 * @throws {Error} no answer in time, no connection, or an address that is not allowed
 */
export async function sendMessage(message: Message, options: SendOptions): Promise<Reply> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  let url = new URL(message.url);
  for (let redirects = 0; ; redirects += 1) {
    const { status, location, retryAfterMs } = await post(url, message, options, signal);
    if (status < 300 || status >= 400 || location === null) return { status, retryAfterMs };
    if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
    url = new URL(location, url);
  }
}

/** @throws {Error} no http or https, no TLS where the host is not one of ours, or a private address in the URL itself */
export function checkAddress(url: URL, privateHosts: readonly string[]): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error('expected an https URL');
  if (url.username !== '' || url.password !== '') throw new Error('expected no user in the URL');
  if (privateHosts.includes(host)) return;
  if (isIP(host) !== 0 && isPrivateAddress(host)) throw new PrivateAddressError(host);
  if (url.protocol !== 'https:') throw new Error('expected an https URL');
}

function post(
  url: URL,
  { headers, body }: Message,
  { privateHosts }: SendOptions,
  signal: AbortSignal,
): Promise<Reply & { readonly location: string | null }> {
  return new Promise((resolve, reject) => {
    checkAddress(url, privateHosts);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const isOurs = privateHosts.includes(host);
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, {
      method: 'POST',
      // A connection that is kept could be one to an address that was judged for another name.
      agent: false,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      signal,
      ...(isOurs ? {} : { lookup: lookUpPublic }),
    });
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        if (!isOurs && isPrivateAddress(socket.remoteAddress ?? '')) {
          request.destroy(new PrivateAddressError(host));
        }
      });
    });
    request.once('response', (response) => {
      const { statusCode = 0, headers: answered } = response;
      response.on('error', () => {});
      response.destroy();
      resolve({
        status: statusCode,
        location: answered.location ?? null,
        retryAfterMs: readRetryAfter(answered['retry-after']),
      });
    });
    request.on('error', (error) => reject(signal.aborted ? new Error('no answer in time') : error));
    request.end(body);
  });
}

function readRetryAfter(text: string | undefined): number | null {
  if (text === undefined) return null;
  const delayMs = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(delayMs) && delayMs >= 0 ? delayMs : null;
}
