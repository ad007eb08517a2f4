/** Turns on the one connection: a transaction has it to itself from its first exchange to its last. */
import type { Exchange } from './messages.ts';

export class ExchangeQueue {
  #waiting: Exchange[] = [];
  /** The transaction that is open; 0: none. */
  #open = 0;

  add(exchange: Exchange): void {
    this.#waiting.push(exchange);
  }

  /** @returns whether it had been waiting */
  drop(id: number): boolean {
    const index = this.#waiting.findIndex((exchange) => exchange.id === id);
    if (index === -1) return false;
    this.#waiting.splice(index, 1);
    return true;
  }

  /** The next that may run: the oldest, or the oldest of the open transaction. */
  take(): Exchange | null {
    if (this.#waiting.length === 0) return null;
    if (this.#open === 0) return this.#waiting.shift()!;
    const index = this.#waiting.findIndex(({ section }) => section === this.#open);
    return index === -1 ? null : this.#waiting.splice(index, 1)[0]!;
  }

  /** @param isInTransaction as the database says behind the exchange */
  ended({ section }: Exchange, isInTransaction: boolean): void {
    this.#open = isInTransaction ? section : 0;
  }
}
