/** A network between the gateway and its server that a test can break. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Network {
  readonly port: number;
  /** Nothing passes, and nobody is told. */
  readonly freeze: () => void;
  /** What was held back passes. */
  readonly thaw: () => void;
  /** As a router that forgot its connections: the old ones stay silent for ever, new ones pass. */
  readonly forget: () => void;
  /** Ends every connection. */
  readonly cut: () => void;
  close(): Promise<void>;
}

export async function openNetwork(serverPort: number): Promise<Network> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((incoming) => {
    const outgoing = connect(serverPort, '127.0.0.1');
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes: Buffer) => to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (isFrozen) from.pause();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const each = (act: (socket: Socket) => void) => {
    for (const socket of sockets) act(socket);
  };
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      isFrozen = true;
      each((socket) => socket.pause());
    },
    thaw() {
      isFrozen = false;
      each((socket) => socket.resume());
    },
    forget() {
      isFrozen = false;
      each((socket) => socket.removeAllListeners('data').resume());
    },
    cut: () => each((socket) => socket.destroy()),
    async close() {
      server.close();
      each((socket) => socket.destroy());
      await once(server, 'close');
    },
  };
}
