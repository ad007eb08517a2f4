/** A way to the server for look-ups that is opened when it is needed, and anew when it broke. Knows no message. */
import { connectionError } from './errors.ts';
import { LookUp } from './look-up.ts';
import { Session } from './session.ts';
import { secondsOf, type ServerSettings } from './settings.ts';

const LOOK_AFTER_MS = 500;
/** Behind the time-out of the server. */
const GRACE_MS = 1_000;

export class LookUpConnection {
  readonly #settings: ServerSettings;
  /** Waiting for a session. */
  readonly #waiting: LookUp[] = [];
  #session: Session | null = null;
  /** Not yet closed, the newest last: one that is old enough to go may still have answers to give. */
  readonly #open = new Set<Session>();
  #isReady = false;
  #opening: NodeJS.Timeout | null = null;
  #timers: NodeJS.Timeout[] = [];
  #failures = 0;
  #mayOpenAt = 0;
  /** Chunks that the session had received when it was last looked at, and for how long it was silent by then. */
  #received = 0;
  #silentMs = 0;
  /** Since idleness was last looked at. */
  #wasUsed = false;
  #closing: Promise<void> | null = null;
  #onClosed: (() => void) | null = null;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
  }

  /** Look-ups under way. */
  get load(): number {
    return this.#waiting.length + (this.#session?.load ?? 0);
  }

  /** @param isKept whether the text stays prepared for the next caller */
  queryBatched(text: string, parameters: readonly unknown[], isKept: boolean): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const lookUp = new LookUp(text, parameters, isKept, resolve, reject);
      this.#wasUsed = true;
      if (this.#closing !== null) reject(connectionError('CONNECTION_ENDED', this.#settings));
      else if (this.#isReady) this.#session!.start(lookUp);
      else {
        this.#waiting.push(lookUp);
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
      for (const session of this.#open) session.destroy(error);
      this.#settleClosed();
    }, timeoutMs);
    if (this.#isReady) this.#retire();
    this.#settleClosed();
    await closed;
    clearTimeout(destroyed);
  }

  #openSoon(): void {
    if (this.#opening !== null || this.#session !== null) return;
    this.#opening = setTimeout(() => this.#openSession(), Math.max(0, this.#mayOpenAt - performance.now()));
  }

  #openSession(): void {
    this.#opening = null;
    const settings = this.#settings;
    const session: Session = new Session(settings, {
      onReady: () => this.#begin(session),
      onClose: (error) => this.#end(session, error),
    });
    this.#session = session;
    this.#open.add(session);
    const timeout = () => session.destroy(connectionError('CONNECT_TIMEOUT', settings));
    if (settings.connect_timeout) this.#timers.push(setTimeout(timeout, settings.connect_timeout * 1000));
  }

  #begin(session: Session): void {
    this.#stopTimers();
    this.#failures = 0;
    this.#isReady = true;
    this.#silentMs = 0;
    for (const lookUp of this.#waiting.splice(0)) session.start(lookUp);
    if (this.#onClosed !== null) return this.#retire();
    const lifetime = secondsOf(this.#settings.max_lifetime);
    if (lifetime > 0) this.#timers.push(setTimeout(() => this.#retire(), lifetime * 1000));
    this.#timers.push(setInterval(() => this.#retireSilent(session), LOOK_AFTER_MS).unref());
    const idle = secondsOf(this.#settings.idle_timeout);
    if (idle > 0) this.#timers.push(setInterval(() => this.#retireIdle(), idle * 1000));
  }

  /** The next look-up opens another. */
  #retire(): void {
    this.#stopTimers();
    this.#isReady = false;
    this.#session?.end();
    this.#session = null;
  }

  #retireIdle(): void {
    if (!this.#wasUsed && this.load === 0) this.#retire();
    this.#wasUsed = false;
  }

  /** A server that still speaks ends a look-up at its time-out: a session that is silent for longer is lost. */
  #retireSilent(session: Session): void {
    const { statement_timeout: timeoutMs } = this.#settings.connection;
    const { received } = session;
    this.#silentMs = session.load > 0 && received === this.#received ? this.#silentMs + LOOK_AFTER_MS : 0;
    this.#received = received;
    if (!timeoutMs || this.#silentMs <= Number(timeoutMs) + GRACE_MS) return;
    session.destroy(connectionError('CONNECTION_CLOSED', this.#settings));
  }

  #end(session: Session, error: Error): void {
    this.#open.delete(session);
    if (session === this.#session) {
      this.#stopTimers();
      this.#session = null;
      if (!this.#isReady) this.#failures += 1;
      this.#isReady = false;
      this.#mayOpenAt = performance.now() + this.#backoff() * 1000;
      // They waited for this session: nobody else will come for them.
      this.#rejectWaiting(error);
    }
    this.#settleClosed();
  }

  #backoff(): number {
    const { backoff } = this.#settings;
    return typeof backoff === 'function' ? backoff(this.#failures) : backoff;
  }

  #rejectWaiting(error: Error): void {
    for (const lookUp of this.#waiting.splice(0)) lookUp.reject(error);
  }

  #settleClosed(): void {
    if (this.#onClosed === null || this.#waiting.length > 0) return;
    if (this.#open.size === 0) this.#onClosed();
    else if (!this.#isReady && this.#session !== null)
      this.#session.destroy(connectionError('CONNECTION_ENDED', this.#settings));
  }

  #stopTimers(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
  }
}
