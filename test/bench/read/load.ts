/** A closed-loop HTTP load generator over raw sockets: it costs little, so that two cores are left to the servers. */
import { connect, type Socket } from 'node:net';

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
}

export interface Target {
  readonly port: number;
  /** Request bodies, sent in turn. */
  readonly bodies: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws at the first answer that is not 200 or holds GraphQL errors: a fast error is not a fast answer. */
export async function runLoad(target: Target, connections: number, durationMs: number): Promise<LoadResult> {
  const requests = target.bodies.map((body) => encodeRequest(target, body));
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + durationMs;
  await Promise.all(
    Array.from({ length: connections }, (_, index) => {
      const offset = Math.floor((requests.length / connections) * index);
      return runConnection(target.port, requests, offset, end, latencies);
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  latencies.sort((left, right) => left - right);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    requestsPerSecond: latencies.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    requests: latencies.length,
  };
}

function encodeRequest(target: Target, body: string): Buffer {
  const headers = {
    host: `127.0.0.1:${target.port}`,
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...target.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST /graphql HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

function runConnection(
  port: number,
  requests: readonly Buffer[],
  offset: number,
  end: number,
  latencies: number[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let turn = offset;
    let sentAt = 0;
    let pending: Buffer[] = [];
    let pendingBytes = 0;
    const send = (): void => {
      sentAt = performance.now();
      socket.write(requests[turn++ % requests.length]!);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      pending.push(chunk);
      pendingBytes += chunk.length;
      const answer = pending.length === 1 ? chunk : Buffer.concat(pending, pendingBytes);
      if (!isComplete(answer)) {
        pending = [answer];
        return;
      }
      pending = [];
      pendingBytes = 0;
      const now = performance.now();
      latencies.push(now - sentAt);
      const fault = faultOf(answer);
      if (fault !== null) {
        socket.destroy();
        reject(new Error(fault));
      } else if (now >= end) {
        socket.destroy();
        resolve();
      } else {
        send();
      }
    });
  });
}

function isComplete(answer: Buffer): boolean {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd === -1) return false;
  const head = answer.toString('latin1', 0, headEnd);
  const length = /content-length: (\d+)/i.exec(head);
  if (length) return answer.length >= headEnd + 4 + Number(length[1]);
  return answer.toString('latin1', answer.length - 5) === '0\r\n\r\n';
}

function faultOf(answer: Buffer): string | null {
  if (answer.toString('latin1', 9, 12) === '200' && !answer.includes('"errors":')) return null;
  return `the server answered: ${answer.toString('utf8').slice(0, 800)}`;
}
