/** A way to the server for batched queries, opened when it is needed, and again when it broke. Knows no message. */
import { connectionError } from './errors.ts';
import { BatchedQuery } from './batched-query.ts';
import { Connection } from './connection.ts';
import { secondsOf, type ServerSettings } from './settings.ts';
import type { Watchdog } from './watchdog.ts';

export class ReconnectingConnection {
  readonly #settings: ServerSettings;
  readonly #watchdog: Watchdog;
  /** Waiting for a connection. */
  readonly #waiting: BatchedQuery[] = [];
  #connection: Connection | null = null;
  /** Not yet closed, the newest last: one that is old enough to go may still have answers to give. */
  readonly #open = new Set<Connection>();
  #isReady = false;
  #opening: NodeJS.Timeout | null = null;
  #timers: NodeJS.Timeout[] = [];
  #failures = 0;
  #retryAt = 0;
  /** Since idleness was last checked. */
  #wasUsed = false;
  #closing: Promise<void> | null = null;
  #onClosed: (() => void) | null = null;

  constructor(settings: ServerSettings, watchdog: Watchdog) {
    this.#settings = settings;
    this.#watchdog = watchdog;
  }

  /** Batched queries under way. */
  get load(): number {
    return this.#waiting.length + (this.#connection?.load ?? 0);
  }

  /** @param cacheStatement whether the text stays prepared for the next caller */
  queryBatched(text: string, parameters: readonly unknown[], cacheStatement: boolean): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const query = new BatchedQuery(text, parameters, cacheStatement, resolve, reject);
      this.#wasUsed = true;
      if (this.#closing !== null) reject(connectionError('CONNECTION_ENDED', this.#settings));
      else if (this.#isReady) this.#connection!.start(query);
      else {
        this.#waiting.push(query);
        this.#openSoon();
      }
    });
  }

  /** Ends once what is under way is answered, or after the time with an error for the rest. */
  close(timeoutMs: number): Promise<void> {
    return (this.#closing ??= this.#closeWithin(timeoutMs));
  }

  async #closeWithin(timeoutMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => (this.#onClosed = resolve));
    const destroyed = setTimeout(() => {
      const error = connectionError('CONNECTION_DESTROYED', this.#settings);
      this.#rejectWaiting(error);
      for (const connection of this.#open) connection.destroy(error);
      this.#settleClosed();
    }, timeoutMs);
    if (this.#isReady) this.#retire();
    this.#settleClosed();
    await closed;
    clearTimeout(destroyed);
  }

  #openSoon(): void {
    if (this.#opening !== null || this.#connection !== null) return;
    this.#opening = setTimeout(() => this.#openConnection(), Math.max(0, this.#retryAt - performance.now()));
  }

  #openConnection(): void {
    this.#opening = null;
    const connection: Connection = new Connection(this.#settings, {
      onReady: () => this.#begin(connection),
      onClose: (error) => this.#end(connection, error),
    });
    this.#connection = connection;
    this.#open.add(connection);
  }

  #begin(connection: Connection): void {
    this.#failures = 0;
    this.#isReady = true;
    this.#watchdog.add(connection);
    for (const query of this.#waiting.splice(0)) connection.start(query);
    if (this.#onClosed !== null) return this.#retire();
    const lifetime = secondsOf(this.#settings.max_lifetime);
    if (lifetime > 0) this.#timers.push(setTimeout(() => this.#retire(), lifetime * 1000));
    const idle = secondsOf(this.#settings.idle_timeout);
    if (idle > 0) this.#timers.push(setInterval(() => this.#retireIdle(), idle * 1000));
  }

  /** The next batched query opens another. */
  #retire(): void {
    this.#stopTimers();
    this.#isReady = false;
    this.#connection?.end();
    this.#connection = null;
  }

  #retireIdle(): void {
    if (!this.#wasUsed && this.load === 0) this.#retire();
    this.#wasUsed = false;
  }

  #end(connection: Connection, error: Error): void {
    this.#open.delete(connection);
    this.#watchdog.delete(connection);
    if (connection === this.#connection) {
      this.#stopTimers();
      this.#connection = null;
      if (!this.#isReady) this.#failures += 1;
      this.#isReady = false;
      this.#retryAt = performance.now() + this.#backoff() * 1000;
      // They waited for this connection: no other will answer them.
      this.#rejectWaiting(error);
    }
    this.#settleClosed();
  }

  #backoff(): number {
    const { backoff } = this.#settings;
    return typeof backoff === 'function' ? backoff(this.#failures) : backoff;
  }

  #rejectWaiting(error: Error): void {
    for (const query of this.#waiting.splice(0)) query.reject(error);
  }

  #settleClosed(): void {
    if (this.#onClosed === null || this.#waiting.length > 0) return;
    if (this.#open.size === 0) this.#onClosed();
    else if (!this.#isReady && this.#connection !== null)
      this.#connection.destroy(connectionError('CONNECTION_ENDED', this.#settings));
  }

  #stopTimers(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
  }
}
