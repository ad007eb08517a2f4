/** Messages of a command beside a gateway, each a head in JSON and bytes, over a socket. Knows no message. */
import type { Socket } from 'node:net';

const LENGTH_BYTES = 4;
const NO_BYTES = Buffer.alloc(0);

/** Both lengths, head and bytes. */
export function writeFrame(socket: Socket, head: object, bytes: Uint8Array = NO_BYTES): void {
  const json = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.alloc(2 * LENGTH_BYTES);
  lengths.writeUInt32BE(json.length, 0);
  lengths.writeUInt32BE(bytes.length, LENGTH_BYTES);
  socket.cork();
  socket.write(lengths);
  socket.write(json);
  if (bytes.length > 0) socket.write(bytes);
  socket.uncork();
}

/** Calls for each whole frame; the bytes are its own. */
export function readFrames(
  socket: Socket,
  onFrame: (head: unknown, bytes: Uint8Array<ArrayBuffer>) => void,
): void {
  let chunks: Buffer[] = [];
  let length = 0;
  let needed = 2 * LENGTH_BYTES;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    // A frame of many chunks is put together once.
    if (length < needed) return;
    const received = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    let at = 0;
    for (;;) {
      needed = 2 * LENGTH_BYTES;
      if (received.length - at < needed) break;
      const headEnd = at + needed + received.readUInt32BE(at);
      const end = headEnd + received.readUInt32BE(at + LENGTH_BYTES);
      needed = end - at;
      if (end > received.length) break;
      const head = JSON.parse(received.toString('utf8', at + 2 * LENGTH_BYTES, headEnd)) as unknown;
      at = end;
      onFrame(head, new Uint8Array(received.subarray(headEnd, end)));
    }
    chunks = at === received.length ? [] : [received.subarray(at)];
    length = received.length - at;
  });
}
