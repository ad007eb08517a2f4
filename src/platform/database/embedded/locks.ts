/** Locks by name among the callers of one process, in the order in which they were asked for. */
export class Locks {
  readonly #turns = new Map<string, Promise<unknown>>();

  async withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(work, work);
    this.#turns.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    }
  }

  tryWithLock<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    return this.#turns.has(name) ? Promise.resolve(null) : this.withLock(name, work);
  }
}
