/**
 * Connections that requests share for reading: statements of one turn of the event loop go down one connection
 * together, in one packet, and the server answers them in order. Knows no statement.
 */
import type { Socket } from 'node:net';

/** One connection and how much is under way on it. */
interface Lane<Connection> {
  readonly connection: Connection;
  waiting: number;
}

/** Statements of one turn that go the same way: what the relations of a page need together. */
const GROUP_SIZE = 6;

export class Lanes<Connection> {
  readonly #lanes: readonly Lane<Connection>[];
  #current: Lane<Connection> | null = null;
  #grouped = 0;

  constructor(connections: readonly Connection[]) {
    this.#lanes = connections.map((connection) => ({ connection, waiting: 0 }));
  }

  /** Runs a statement on the connection of this turn: the one with the least under way when the turn began. */
  run<Result>(send: (connection: Connection) => Promise<Result>): Promise<Result> {
    const lane = this.#take();
    lane.waiting += 1;
    return send(lane.connection).finally(() => (lane.waiting -= 1));
  }

  #take(): Lane<Connection> {
    if (this.#current === null || this.#grouped === GROUP_SIZE) {
      if (this.#current === null) setImmediate(() => (this.#current = null));
      this.#current = this.#lanes.reduce((least, lane) => (lane.waiting < least.waiting ? lane : least));
      this.#grouped = 0;
    }
    this.#grouped += 1;
    return this.#current;
  }
}

/**
 * Sends what is written within one turn of the event loop as one packet, which costs one call of the system. To be
 * called after `connect`, which sets `write` anew.
 */
export function gatherWrites(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...parameters: unknown[]) => boolean;
  let isGathering = false;
  socket.write = (...parameters: unknown[]) => {
    if (!isGathering && !socket.connecting) {
      isGathering = true;
      socket.cork();
      setImmediate(() => {
        isGathering = false;
        socket.uncork();
      });
    }
    return write(...parameters);
  };
  return socket;
}
