/** LISTEN over one connection, which is opened again when it is lost. Knows no channel's meaning. */
import { setTimeout as wait } from 'node:timers/promises';

import { connectionError } from '#pg-batch/errors.ts';
import type { ServerSettings } from '#pg-batch/settings.ts';
import type { Watchdog } from '#pg-batch/watchdog.ts';
import { PoolConnection } from './connection.ts';

interface Subscription {
  readonly channel: string;
  readonly onMessage: (payload: string) => void;
  /** Called whenever it (re)connects: what was sent in between is lost. */
  readonly onConnect: () => void;
}

/** A connection that only listens would never notice that the network forgot it. */
const HEARTBEAT_MS = 5_000;

const UNPREPARED = { cacheStatement: false };

export class Listener {
  readonly #settings: ServerSettings;
  readonly #watchdog: Watchdog;
  readonly #subscriptions = new Set<Subscription>();
  #connection: Promise<PoolConnection> | null = null;
  #heartbeat: NodeJS.Timeout | undefined;
  #isReconnecting = false;
  #isClosed = false;

  /** @param settings with a statement timeout: nothing that it runs takes time */
  constructor(settings: ServerSettings, watchdog: Watchdog) {
    this.#settings = settings;
    this.#watchdog = watchdog;
  }

  /** @returns how to stop. @throws when the server cannot be reached. */
  async listen(
    channel: string,
    onMessage: (payload: string) => void,
    onConnect: () => void = () => {},
  ): Promise<() => Promise<void>> {
    const subscription = { channel, onMessage, onConnect };
    const connection = await this.#connect();
    await connection.run(`listen ${quote(channel)}`, [], UNPREPARED);
    this.#subscriptions.add(subscription);
    onConnect();
    return async () => {
      this.#subscriptions.delete(subscription);
      if ([...this.#subscriptions].some((other) => other.channel === channel)) return;
      // A connection that is lost listens to nothing.
      await (await this.#connection)?.run(`unlisten ${quote(channel)}`, [], UNPREPARED).catch(() => {});
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    const connection = await this.#connection?.catch(() => null);
    connection?.end();
  }

  #connect(): Promise<PoolConnection> {
    if (this.#isClosed) return Promise.reject(connectionError('CONNECTION_ENDED', this.#settings));
    this.#connection ??= this.#open().catch((error: unknown) => {
      this.#connection = null;
      throw error;
    });
    return this.#connection;
  }

  async #open(): Promise<PoolConnection> {
    const lose = (connection: PoolConnection) => {
      this.#watchdog.delete(connection);
      clearInterval(this.#heartbeat);
      this.#connection = null;
      if (!this.#isReconnecting && this.#subscriptions.size > 0) void this.#reconnect();
    };
    const connection = await PoolConnection.open(this.#settings, lose, (channel, payload) => {
      for (const subscription of this.#subscriptions) {
        if (subscription.channel === channel) subscription.onMessage(payload);
      }
    });
    this.#watchdog.add(connection);
    const beat = () => {
      if (connection.isFree) connection.run('select 1', [], UNPREPARED).catch(() => {});
    };
    this.#heartbeat = setInterval(beat, HEARTBEAT_MS).unref();
    return connection;
  }

  async #reconnect(): Promise<void> {
    const { backoff } = this.#settings;
    this.#isReconnecting = true;
    for (let failures = 1; !this.#isClosed; failures += 1) {
      try {
        const connection = await this.#connect();
        const channels = new Set([...this.#subscriptions].map(({ channel }) => quote(channel)));
        for (const channel of channels) await connection.run(`listen ${channel}`, [], UNPREPARED);
        this.#isReconnecting = false;
        for (const { onConnect } of this.#subscriptions) onConnect();
        return;
      } catch {
        await wait((typeof backoff === 'function' ? backoff(failures) : backoff) * 1000);
      }
    }
  }
}

function quote(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`;
}
