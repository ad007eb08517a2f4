/** Places that callers share alike: each waiting caller gets the next one in turn with the others. Knows no work. */

interface Waiting {
  readonly caller: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A place in a queue, which can be given up. */
export interface Turn {
  /** Resolves with the place; rejects with the error of `giveUp`. */
  readonly comes: Promise<void>;
  giveUp(error: Error): void;
}

export class Turns {
  readonly #places: number;
  readonly #placesPerCaller: number;
  readonly #takenBy = new Map<string, number>();
  /** Callers in the order of their turns, and of each the requests in the order they came. */
  readonly #waiting = new Map<string, Waiting[]>();
  #taken = 0;

  constructor(places: number, placesPerCaller: number) {
    this.#places = places;
    this.#placesPerCaller = placesPerCaller;
  }

  get isUnused(): boolean {
    return this.#taken === 0 && this.#waiting.size === 0;
  }

  waitingOf(caller: string): number {
    return this.#waiting.get(caller)?.length ?? 0;
  }

  /** Whether there was a free place, which then is the caller's until `give`. */
  take(caller: string): boolean {
    const taken = this.#takenBy.get(caller) ?? 0;
    if (this.#taken === this.#places || taken >= this.#placesPerCaller) return false;
    this.#taken += 1;
    this.#takenBy.set(caller, taken + 1);
    return true;
  }

  wait(caller: string): Turn {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { caller, resolve, reject };
    const queue = this.#waiting.get(caller);
    if (queue === undefined) this.#waiting.set(caller, [waiting]);
    else queue.push(waiting);
    return { comes: promise, giveUp: (error) => this.#drop(waiting, error) };
  }

  /** Hands a place on. */
  give(caller: string): void {
    const taken = this.#takenBy.get(caller)! - 1;
    if (taken === 0) this.#takenBy.delete(caller);
    else this.#takenBy.set(caller, taken);
    this.#taken -= 1;
    for (const [next, queue] of this.#waiting) {
      if (!this.take(next)) continue;
      const { resolve } = queue.shift()!;
      this.#waiting.delete(next);
      // Behind the others, whose turns come first.
      if (queue.length > 0) this.#waiting.set(next, queue);
      resolve();
      return;
    }
  }

  #drop(waiting: Waiting, error: Error): void {
    const queue = this.#waiting.get(waiting.caller);
    const index = queue?.indexOf(waiting) ?? -1;
    if (queue === undefined || index === -1) return;
    queue.splice(index, 1);
    if (queue.length === 0) this.#waiting.delete(waiting.caller);
    waiting.reject(error);
  }
}
