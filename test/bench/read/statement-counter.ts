/** A proxy before a Postgres server that counts what clients ask of it: exact, and nothing to wait for. */
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

export interface StatementCounter {
  /** The same database, through the proxy. */
  readonly url: string;
  /** Executions since the last call. */
  take(): number;
  close(): void;
}

const EXECUTE = 'E'.charCodeAt(0);
const SIMPLE_QUERY = 'Q'.charCodeAt(0);

export async function startStatementCounter(databaseUrl: string): Promise<StatementCounter> {
  const target = new URL(databaseUrl);
  let executions = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const read = createMessageReader((type) => {
      if (type === EXECUTE || type === SIMPLE_QUERY) executions += 1;
    });
    client.on('data', (chunk) => read(chunk));
    client.pipe(upstream).pipe(client);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end).on('close', end);
    upstream.on('error', end).on('close', end);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    take() {
      const taken = executions;
      executions = 0;
      return taken;
    },
    close: () => void server.close(),
  };
}

/**
 * Tells the type of each message that a client sends, after the first one, which has none: a byte of type, then four
 * bytes of length that count themselves (PostgreSQL documentation, "Message Formats").
 */
function createMessageReader(onMessage: (type: number) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  let typeBytes = 0;
  let skipped = 0;
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      if (skipped > 0) {
        const gone = Math.min(skipped, pending.length);
        pending = pending.subarray(gone);
        skipped -= gone;
      }
      if (skipped > 0 || pending.length < typeBytes + 4) return;
      if (typeBytes === 1) onMessage(pending[0]!);
      skipped = typeBytes + pending.readUInt32BE(typeBytes);
      typeBytes = 1;
    }
  };
}
