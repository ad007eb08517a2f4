/** A short session that asks a server about other sessions. */
import { connectionError, readServerError } from './errors.ts';
import { MessageWriter } from './message-writer.ts';
import { TERMINATE, writeQuery } from './requests.ts';
import { Session } from './session.ts';
import type { ServerSettings } from './settings.ts';

const DATA_ROW = 0x44;
const ERROR = 0x45;
const READY = 0x5a;
/** The question takes a millisecond; a network that fails again in between must not hold it up. */
const ANSWER_WITHIN_MS = 2_000;

export class Probe {
  readonly #settings: ServerSettings;
  readonly #session: Session;
  readonly #ready = Promise.withResolvers<void>();
  #answer = Promise.withResolvers<ReadonlySet<number>>();
  #processIds = new Set<number>();

  /** @throws when the server cannot be reached in time or refuses the login. */
  static async open(settings: ServerSettings): Promise<Probe> {
    const probe = new Probe(settings);
    await probe.#ready.promise;
    return probe;
  }

  private constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.#session = new Session(settings, {
      onReady: () => this.#ready.resolve(),
      onMessage: (type, bytes, start, end) => {
        // One column: its number, the length of the text, the text.
        if (type === DATA_ROW) this.#processIds.add(Number(bytes.toString('latin1', start + 6, end)));
        else if (type === ERROR) this.#answer.reject(readServerError(bytes, start, end));
        else if (type === READY) this.#answer.resolve(this.#processIds);
      },
      onClose: (error) => {
        const reason = error ?? connectionError('CONNECTION_CLOSED', settings);
        this.#ready.reject(reason);
        this.#answer.reject(reason);
      },
    });
    this.#answer.promise.catch(() => {});
  }

  /**
   * Of the sessions those that run nothing. Unknown ones are left out: behind a pooler the ids are its own.
   * @throws when the answer does not come in time.
   */
  async findIdle(processIds: readonly number[]): Promise<ReadonlySet<number>> {
    this.#processIds = new Set();
    this.#answer = Promise.withResolvers();
    const output = new MessageWriter();
    writeQuery(
      output,
      `/* watchdog.findIdle */ select pid::text from pg_stat_activity
      where pid in (${processIds.join(', ')}) and usename = current_user and state like 'idle%'`,
    );
    const expire = () => this.#session.destroy(connectionError('CONNECTION_CLOSED', this.#settings));
    const timeout = setTimeout(expire, ANSWER_WITHIN_MS);
    try {
      this.#session.write(output.take(), () => {});
      return await this.#answer.promise;
    } finally {
      clearTimeout(timeout);
    }
  }

  close(): void {
    this.#session.end(TERMINATE);
  }
}
