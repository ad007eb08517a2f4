/** Reads the JSON of a tracking request: compressed or not, of any content type. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw } from 'node:zlib';

/** Longest request, before and after decompression, as in the specification. */
const MAX_REQUEST_BYTES = 500 * 1024;

/** A request that is refused completely. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: number;
  readonly retryAfterSeconds: number | null;

  constructor(status: number, message: string, retryAfterSeconds: number | null = null) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** @throws {RefusedError} 413 too long, 400 a wrong content encoding, or not JSON; 408 too slow */
export async function readJsonBody(req: IncomingMessage, timeoutMs: number): Promise<unknown> {
  const bytes = await unpack(await readBytes(req, timeoutMs), req.headers['content-encoding']);
  return parseJson(bytes.toString());
}

/** @throws {RefusedError} 400, with the position only: the message of `JSON.parse` repeats the body */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = /at position \d+/.exec((error as Error).message)?.[0];
    throw new RefusedError(400, `The request is not valid JSON${place === undefined ? '' : ` ${place}`}.`);
  }
}

function readBytes(req: IncomingMessage, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(
      () => end(new RefusedError(408, 'The body of the request was not complete in time.')),
      timeoutMs,
    );
    const end = (error: Error | null): void => {
      clearTimeout(timer);
      req.removeAllListeners('data');
      if (error === null) resolve(Buffer.concat(chunks));
      else reject(error);
    };
    if (Number(req.headers['content-length']) > MAX_REQUEST_BYTES) return end(tooLong());
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_REQUEST_BYTES) end(tooLong());
      else chunks.push(chunk);
    });
    req.on('end', () => end(null));
    req.on('error', () => end(new RefusedError(400, 'The client went away.')));
  });
}

function tooLong(): RefusedError {
  return new RefusedError(413, `The request is longer than ${MAX_REQUEST_BYTES} bytes, which is the limit.`);
}

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate), raw: promisify(inflateRaw) };

async function unpack(bytes: Buffer, encoding = 'identity'): Promise<Buffer> {
  // Some senders compress and omit the header: no JSON begins with these bytes.
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const found = encoding.trim().toLowerCase();
  if (found === 'gzip' || isGzip) return unpackAs('gzip', bytes);
  if (found === 'deflate') return unpackAs((bytes[0]! & 0x0f) === 8 ? 'deflate' : 'raw', bytes);
  if (found === 'identity' || found === '') return bytes;
  throw new RefusedError(400, 'Expected the content encoding gzip, deflate or none.');
}

async function unpackAs(encoding: keyof typeof unpackers, bytes: Buffer): Promise<Buffer> {
  try {
    return await unpackers[encoding](bytes, { maxOutputLength: MAX_REQUEST_BYTES });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong();
    throw new RefusedError(400, 'The request is not packed as its content encoding says.');
  }
}
