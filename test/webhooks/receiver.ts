/** A receiver of webhooks on a port of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Message {
  readonly type: string;
  readonly data: {
    readonly customerId: string | null;
    readonly facts?: readonly string[];
    readonly contacts?: Readonly<Record<string, string>>;
  };
}

export interface Received {
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly body: Message;
}

type Answer = (response: ServerResponse, request: IncomingMessage, message: Received) => void;

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** How it answers; 204 unless set. */
  answer: Answer;
  /** Answers 204 again, and forgets what it received. */
  reset(): void;
  close(): void;
}

const accept: Answer = (response) => response.writeHead(204).end();

/** Listens on `localhost`, so that a name is resolved. */
export async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const message = {
        headers: request.headers as Record<string, string>,
        text,
        body: JSON.parse(text) as Message,
      };
      receiver.received.push(message);
      receiver.answer(response, request, message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const receiver: Receiver = {
    url: `http://localhost:${(server.address() as AddressInfo).port}/hook`,
    received: [],
    answer: accept,
    reset() {
      receiver.answer = accept;
      receiver.received.length = 0;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}
