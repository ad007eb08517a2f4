/** Reads a request's body into one text, up to a limit. */
import type { IncomingMessage } from 'node:http';

import { badRequest } from './parameters.ts';

/** @throws {GraphQLError} 413 as soon as the body is known to be too long; rejects when the client goes away. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const refuse = () => {
      const message = `The request is longer than ${maxBytes} bytes, which is the limit.`;
      reject(badRequest(message, 413, false, 'REQUEST_TOO_LARGE'));
    };
    if (Number(request.headers['content-length']) > maxBytes) {
      refuse();
      return;
    }
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        request.removeAllListeners('data');
        refuse();
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()));
    request.on('error', reject);
  });
}
