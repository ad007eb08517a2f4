/** Reads a request's body into one text, up to a limit of length and of time. */
import type { IncomingMessage } from 'node:http';

import type { Deadlines } from './deadlines.ts';
import { requestError } from './request-error.ts';

/**
 * @throws {GraphQLError} 413 as soon as the body is known to be too long, 408 when it is not complete in time; rejects
 * when the client disconnects.
 */
export function readBody(request: IncomingMessage, maxBytes: number, deadlines: Deadlines): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    if (Number(request.headers['content-length']) > maxBytes) {
      reject(tooLarge(maxBytes));
      return;
    }
    const deadline = deadlines.start(() => {
      request.removeAllListeners('data');
      const message = 'The body of the request was not complete in time.';
      reject(requestError(message, 'REQUEST_TIMEOUT', { status: 408 }));
    });
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        request.removeAllListeners('data');
        deadline.end();
        reject(tooLarge(maxBytes));
      } else chunks.push(chunk);
    });
    request.on('end', () => {
      deadline.end();
      resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString());
    });
    request.on('error', (error) => {
      deadline.end();
      reject(error);
    });
  });
}

function tooLarge(maxBytes: number): Error {
  const message = `The request is longer than ${maxBytes} bytes, which is the limit.`;
  return requestError(message, 'REQUEST_TOO_LARGE', { status: 413 });
}
