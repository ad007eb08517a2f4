/**
 * The end of the change log as one process sees it: read once for all its subscribers, who are woken when it grows. Holds
 * a bounded number of entries; who is further behind reads the log itself.
 */
import { type App, perApp } from '#platform/app.ts';

import { type ChangePosition, type ChangeRow, readNewChanges, readLogEnd } from './queries.ts';
import { CHANGES_CHANNEL } from './record.ts';

const MAX_ENTRIES_HELD = 2_000;
const ENTRIES_PER_READ = 500;
/** A notification can be lost with its connection; its entries are found after at most this time. */
const LOOK_EVERY_MS = 2_000;
/** Entries wait for older transactions, whose end is not notified. */
const LOOK_AGAIN_MS = 15;

class ChangeFeed {
  readonly #app: App;
  /** Entries after `#start`, in order; the last one is at `#end`. */
  #entries: ChangeRow[] = [];
  #start: ChangePosition = { transactionId: '0', id: 0 };
  #end: ChangePosition | null = null;
  readonly #waiting = new Set<() => void>();
  #opening: Promise<void> | null = null;
  #isReading = false;
  #isBehind = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(app: App) {
    this.#app = app;
  }

  /** The current end of the log: a subscriber that starts from it gets all entries that are not listed yet. */
  async now(): Promise<ChangePosition> {
    await this.end();
    return readLogEnd(this.#app.db);
  }

  /** Up to where the log is read. */
  async end(): Promise<ChangePosition> {
    this.#opening ??= this.#open();
    await this.#opening;
    return this.#end!;
  }

  /** Null where the entries after the position are not all held. */
  after(position: ChangePosition): readonly ChangeRow[] | null {
    if (isBefore(position, this.#start)) return null;
    const index = this.#entries.findLastIndex((entry) => !isBefore(position, entry));
    return this.#entries.slice(index + 1);
  }

  /** Resolves when entries were added, or once aborted. */
  grows(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted || this.#isClosed) wake();
    });
  }

  /** As long as the process: after a first subscription there are mostly further ones. */
  async #open(): Promise<void> {
    const { db } = this.#app;
    this.#app.onClose.push(() => this.#close());
    await db.listen(
      CHANGES_CHANNEL,
      () => this.#look(),
      () => this.#look(),
    );
    this.#end = await readLogEnd(db);
    this.#start = this.#end;
    this.#look();
  }

  #close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wake();
  }

  #look(): void {
    if (this.#end === null || this.#isClosed) return;
    if (this.#isReading) {
      this.#isBehind = true;
      return;
    }
    this.#isReading = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#read().then(
      (delayMs) => this.#lookIn(delayMs),
      (error: unknown) => {
        if (!this.#isClosed) this.#app.log.warn({ error }, 'the change log could not be read');
        this.#lookIn(LOOK_EVERY_MS);
      },
    );
  }

  #lookIn(delayMs: number): void {
    this.#isReading = false;
    if (this.#isClosed) return;
    if (this.#isBehind) {
      this.#isBehind = false;
      this.#look();
      return;
    }
    this.#timer = setTimeout(() => this.#look(), delayMs);
    this.#timer.unref();
  }

  /** @returns when to look again */
  async #read(): Promise<number> {
    const found = await readNewChanges(this.#app.db, this.#end!, ENTRIES_PER_READ);
    // Transactions come in order, so those that are final come first.
    const final = found.filter(({ isFinal }) => isFinal);
    if (final.length > 0) {
      this.#entries.push(...final);
      this.#end = final.at(-1)!;
      if (this.#entries.length > MAX_ENTRIES_HELD) {
        const dropped = this.#entries.splice(0, this.#entries.length - MAX_ENTRIES_HELD);
        this.#start = dropped.at(-1)!;
      }
      this.#wake();
    }
    if (found.length === ENTRIES_PER_READ) return 0;
    return final.length < found.length ? LOOK_AGAIN_MS : LOOK_EVERY_MS;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

export const changeFeed = perApp((app) => new ChangeFeed(app));

export function isBefore(one: ChangePosition, other: ChangePosition): boolean {
  const [a, b] = [BigInt(one.transactionId), BigInt(other.transactionId)];
  return a < b || (a === b && one.id < other.id);
}
