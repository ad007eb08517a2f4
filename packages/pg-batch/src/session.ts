/**
 * A session on a server, by the first of its attempts that gets through: packets that a network drops are silent, so
 * another attempt begins beside one that hangs. Knows no query.
 */
import { connectionError } from './errors.ts';
import { SessionAttempt, type SessionEvents } from './session-attempt.ts';
import type { ServerSettings } from './settings.ts';

/**
 * A network or a server that is back is found within so long, while a slow login still has the whole of
 * `connect_timeout`.
 */
const ANOTHER_AFTER_MS = 1_000;
/** The oldest keeps its time, and the newest make room for each other. */
const MAX_ATTEMPTS = 5;

export class Session {
  readonly #settings: ServerSettings;
  readonly #events: SessionEvents;
  readonly #attempts: SessionAttempt[] = [];
  readonly #timeout: NodeJS.Timeout | undefined;
  readonly #another: NodeJS.Timeout;

  constructor(settings: ServerSettings, events: SessionEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#begin();
    this.#another = setInterval(() => this.#begin(), ANOTHER_AFTER_MS);
    const expire = () => this.destroy(connectionError('CONNECT_TIMEOUT', settings));
    if (settings.connect_timeout) this.#timeout = setTimeout(expire, settings.connect_timeout * 1000);
  }

  get processId(): number {
    return this.#attempts[0]!.processId;
  }

  get secretKey(): number {
    return this.#attempts[0]!.secretKey;
  }

  get isEncrypted(): boolean {
    return this.#attempts[0]!.isEncrypted;
  }

  /** When bytes came last, by `performance.now`. */
  get receivedAt(): number {
    return this.#attempts[0]!.receivedAt;
  }

  write(bytes: Uint8Array, onTaken: () => void): void {
    this.#attempts[0]!.write(bytes, onTaken);
  }

  end(bytes: Uint8Array): void {
    this.#attempts[0]!.end(bytes);
  }

  destroy(error: Error): void {
    for (const attempt of this.#attempts) attempt.destroy(error);
  }

  #begin(): void {
    if (this.#attempts.length === MAX_ATTEMPTS) this.#drop(this.#attempts.splice(1, 1));
    const attempt: SessionAttempt = new SessionAttempt(this.#settings, {
      onReady: () => this.#take(attempt),
      onMessage: this.#events.onMessage,
      onClose: (error) => this.#close(attempt, error),
    });
    this.#attempts.push(attempt);
  }

  #take(attempt: SessionAttempt): void {
    if (!this.#attempts.includes(attempt)) return this.#drop([attempt]);
    this.#settleFor(attempt);
    this.#events.onReady();
  }

  /** An answer that refuses one attempt refuses all of them. */
  #close(attempt: SessionAttempt, error: Error | null): void {
    if (!this.#attempts.includes(attempt)) return;
    this.#settleFor(attempt);
    this.#events.onClose(error);
  }

  #settleFor(attempt: SessionAttempt): void {
    clearTimeout(this.#timeout);
    clearInterval(this.#another);
    const others = this.#attempts.splice(0).filter((other) => other !== attempt);
    this.#attempts.push(attempt);
    this.#drop(others);
  }

  #drop(attempts: readonly SessionAttempt[]): void {
    for (const attempt of attempts) attempt.destroy(connectionError('CONNECTION_ENDED', this.#settings));
  }
}
