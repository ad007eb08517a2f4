/** Running and waiting work of one owner, so that it can be ended with them. Knows no connection's inside. */
import type { StatementOwner } from '../database.ts';
import type { Turn } from '../turns.ts';

interface Running {
  cancel(reason: Error): void;
}

/** Callers share connections; the gateway's own work is one more of them. */
const GATEWAY = 'gateway';

export class Work {
  readonly caller: string;
  readonly #owner: StatementOwner | null;
  readonly #running: Running[] = [];
  readonly #waiting: Turn[] = [];
  #isWatching = false;

  /** @param owner null for the gateway itself, whose work is never ended */
  constructor(owner: StatementOwner | null) {
    this.caller = owner?.caller ?? GATEWAY;
    this.#owner = owner;
  }

  get isOver(): boolean {
    return this.#owner?.signal.aborted === true;
  }

  get reason(): Error {
    return this.#owner?.signal.reason as Error;
  }

  /** @throws once no caller waits for the answer any longer. */
  assertWanted(): void {
    this.#owner?.signal.throwIfAborted();
  }

  start(running: Running): void {
    if (this.#owner === null) return;
    this.#running.push(running);
    this.#watch(this.#owner);
  }

  finish(running: Running): void {
    remove(this.#running, running);
  }

  async waitFor(turn: Turn): Promise<void> {
    if (this.#owner === null) return turn.comes;
    this.#waiting.push(turn);
    this.#watch(this.#owner);
    try {
      await turn.comes;
    } finally {
      remove(this.#waiting, turn);
    }
  }

  #watch({ signal }: StatementOwner): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    signal.addEventListener('abort', () => {
      const reason = signal.reason as Error;
      for (const turn of this.#waiting.splice(0)) turn.giveUp(reason);
      for (const running of this.#running.splice(0)) running.cancel(reason);
    });
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index !== -1) list.splice(index, 1);
}
