/**
 * Connections that requests share for reading: statements of one turn of the event loop go down one connection
 * together, in one packet, and the server answers them in order. Knows no statement.
 */
/** Queries under way on it. */
interface Loaded {
  readonly load: number;
}

/** Statements of one turn that go the same way: what the relations of a page need together. */
const GROUP_SIZE = 6;

export class PipelineConnections<Connection extends Loaded> {
  readonly #connections: readonly Connection[];
  #current: Connection | null = null;
  #grouped = 0;

  constructor(connections: readonly Connection[]) {
    this.#connections = connections;
  }

  /** The connection of this turn: the one with the least under way when the turn began. */
  take(): Connection {
    if (this.#current === null || this.#grouped === GROUP_SIZE) {
      if (this.#current === null) setImmediate(this.#endTurn);
      this.#current = this.#connections.reduce((least, one) => (one.load < least.load ? one : least));
      this.#grouped = 0;
    }
    this.#grouped += 1;
    return this.#current;
  }

  readonly #endTurn = (): void => {
    this.#current = null;
  };
}
