/**
 * Finds connections whose server no longer answers: the network forgot them, and no error says so. Once another session
 * gets through, the server is asked whether it still runs what a silent connection waits for. Knows no query of others.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { connectionError } from './errors.ts';
import { Probe } from './probe.ts';
import type { ServerSettings } from './settings.ts';

export interface Watched {
  /** Of its session, as the server knows it. */
  readonly processId: number;
  /** For how long it has waited without a byte; 0 where it waits for nothing. */
  readonly silentMs: number;
  /** A server that speaks would have ended the statement by then; Infinity where it has no limit. */
  readonly silentAtMostMs: number;
  destroy(error: Error): void;
}

const LOOK_AFTER_MS = 250;
/** Most statements are answered before; one that continues is asked about after twice the time, and so on. */
const ASK_AFTER_MS = 1_000;
/** Between two questions, for a request or an answer that is on its way. */
const ASK_AGAIN_AFTER_MS = 200;

export class Watchdog {
  readonly #settings: ServerSettings;
  readonly #watched = new Set<Watched>();
  readonly #timer: NodeJS.Timeout;
  /** For how long a connection has to be silent before the server is asked about it once more. */
  readonly #askAfterMs = new WeakMap<Watched, number>();
  #isAsking = false;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.#timer = setInterval(() => this.#look(), LOOK_AFTER_MS).unref();
  }

  add(connection: Watched): void {
    this.#watched.add(connection);
  }

  delete(connection: Watched): void {
    this.#watched.delete(connection);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const suspects: Watched[] = [];
    for (const connection of this.#watched) {
      const { silentMs } = connection;
      if (silentMs > connection.silentAtMostMs) this.#giveUp(connection);
      else if (silentMs === 0) this.#askAfterMs.delete(connection);
      else if (silentMs > (this.#askAfterMs.get(connection) ?? ASK_AFTER_MS)) suspects.push(connection);
    }
    if (suspects.length > 0 && !this.#isAsking) void this.#askAbout(suspects);
  }

  async #askAbout(suspects: readonly Watched[]): Promise<void> {
    this.#isAsking = true;
    try {
      const idle = await this.#findIdle(suspects);
      for (const suspect of suspects) {
        if (idle.has(suspect.processId) && suspect.silentMs > ASK_AFTER_MS) this.#giveUp(suspect);
        else this.#askAfterMs.set(suspect, 2 * suspect.silentMs);
      }
    } catch {
      // No way to the server either: nothing is known, and it is asked again.
    } finally {
      this.#isAsking = false;
    }
  }

  /** Sessions that wait for their client, now and a moment later. */
  async #findIdle(suspects: readonly Watched[]): Promise<ReadonlySet<number>> {
    const processIds = suspects.map(({ processId }) => processId);
    const probe = await Probe.open(this.#settings);
    try {
      const before = await probe.findIdle(processIds);
      if (before.size === 0) return before;
      await wait(ASK_AGAIN_AFTER_MS);
      return before.intersection(await probe.findIdle(processIds));
    } finally {
      probe.close();
    }
  }

  #giveUp(connection: Watched): void {
    this.#watched.delete(connection);
    connection.destroy(connectionError('CONNECTION_CLOSED', this.#settings));
  }
}
