/** Connections to a server, which callers share alike. A connection that broke is never used again. Knows no table. */
import { setTimeout as wait } from 'node:timers/promises';

import { connectionError } from '#pg-batch/errors.ts';
import { secondsOf, type ServerSettings } from '#pg-batch/settings.ts';
import type { Watchdog } from '#pg-batch/watchdog.ts';
import { Turns } from '../turns.ts';
import { PoolConnection } from './connection.ts';
import type { StatementOptions } from './statement-run.ts';
import type { Work } from './work.ts';

export interface PoolOptions {
  readonly size: number;
  /** Of them as many as one caller has at a time. */
  readonly sizePerCaller: number;
  /** Ends connections whose server no longer answers. */
  readonly watchdog: Watchdog;
}

const LOOK_AFTER_MS = 500;
const CLOSE_LOOK_MS = 10;

export class Pool {
  readonly #settings: ServerSettings;
  readonly #options: PoolOptions;
  readonly #turns: Turns;
  readonly #open = new Set<PoolConnection>();
  readonly #idle: PoolConnection[] = [];
  readonly #lookingAfter: NodeJS.Timeout;
  #failures = 0;
  #retryAt = 0;
  #isClosing = false;

  constructor(settings: ServerSettings, options: PoolOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#turns = new Turns(options.size, options.sizePerCaller);
    this.#lookingAfter = setInterval(() => this.#retireIdle(), LOOK_AFTER_MS).unref();
  }

  async run(
    work: Work,
    text: string,
    parameters: readonly unknown[],
    options: StatementOptions,
  ): Promise<unknown[]> {
    const connection = await this.acquire(work);
    try {
      return await connection.run(text, parameters, options);
    } finally {
      this.release(work, connection);
    }
  }

  /** A connection for the caller alone, until `release`. */
  async acquire(work: Work): Promise<PoolConnection> {
    work.assertWanted();
    if (this.#isClosing) throw connectionError('CONNECTION_ENDED', this.#settings);
    if (!this.#turns.take(work.caller)) await work.waitFor(this.#turns.wait(work.caller));
    try {
      const connection = this.#idle.pop() ?? (await this.#openOne());
      try {
        work.assertWanted();
      } catch (error) {
        this.#putBack(connection);
        throw error;
      }
      work.start(connection);
      return connection;
    } catch (error) {
      this.#turns.give(work.caller);
      throw error;
    }
  }

  release(work: Work, connection: PoolConnection): void {
    work.finish(connection);
    if (!connection.isCancelled) {
      this.#putBack(connection);
      this.#turns.give(work.caller);
      return;
    }
    void connection.recover().then(() => {
      this.#putBack(connection);
      this.#turns.give(work.caller);
    });
  }

  /** Ends once what is under way and what waits is done, or after the time with an error for the rest. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#lookingAfter);
    for (const end = performance.now() + timeoutMs; !this.#turns.isUnused;) {
      if (performance.now() > end) break;
      await wait(CLOSE_LOOK_MS);
    }
    const idle = new Set(this.#idle.splice(0));
    for (const connection of this.#open) {
      if (idle.has(connection)) connection.end();
      else connection.destroy(connectionError('CONNECTION_DESTROYED', this.#settings));
    }
  }

  async #openOne(): Promise<PoolConnection> {
    const delayMs = this.#retryAt - performance.now();
    if (delayMs > 0) await wait(delayMs);
    try {
      const connection = await PoolConnection.open(this.#settings, this.#forget);
      this.#open.add(connection);
      this.#options.watchdog.add(connection);
      this.#failures = 0;
      this.#retryAt = 0;
      return connection;
    } catch (error) {
      this.#failures += 1;
      const { backoff } = this.#settings;
      const seconds = typeof backoff === 'function' ? backoff(this.#failures) : backoff;
      this.#retryAt = performance.now() + seconds * 1000;
      throw error;
    }
  }

  #putBack(connection: PoolConnection): void {
    const lifetimeMs = secondsOf(this.#settings.max_lifetime) * 1000;
    connection.idleSince = performance.now();
    if (connection.isClosed) return;
    if (!connection.isFree) connection.destroy(connectionError('CONNECTION_DESTROYED', this.#settings));
    else if (lifetimeMs > 0 && connection.idleSince - connection.openedAt > lifetimeMs) connection.end();
    else this.#idle.push(connection);
  }

  readonly #forget = (connection: PoolConnection): void => {
    this.#open.delete(connection);
    this.#options.watchdog.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  };

  #retireIdle(): void {
    const idleMs = secondsOf(this.#settings.idle_timeout) * 1000;
    const now = performance.now();
    if (idleMs === 0) return;
    for (const connection of this.#idle.filter(({ idleSince }) => now - idleSince >= idleMs)) {
      this.#forget(connection);
      connection.end();
    }
  }
}
