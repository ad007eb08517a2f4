/** The start of a session: its settings and who asks, until the server is ready. Knows no statement. */
import { createHash } from 'node:crypto';

import { connectionError, readServerError } from './errors.ts';
import type { MessageWriter } from './message-writer.ts';
import { ScramExchange } from './scram.ts';
import type { ServerSettings } from './settings.ts';

const PROTOCOL_3 = 196_608;
const PASSWORD = 0x70;
const AUTHENTICATION = 0x52;
const ERROR = 0x45;
const READY = 0x5a;

/** Kinds of authentication request (protocol, "Message Formats"). */
const OK = 0;
const CLEARTEXT = 3;
const MD5 = 5;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

export class Login {
  readonly #settings: ServerSettings;
  readonly #output: MessageWriter;
  readonly #flush: () => void;
  readonly #settle: (error: Error | null) => void;
  #scram: ScramExchange | null = null;
  #isVerified = true;

  /** @param settle called once, with what went wrong or null */
  constructor(
    settings: ServerSettings,
    output: MessageWriter,
    flush: () => void,
    settle: (error: Error | null) => void,
  ) {
    this.#settings = settings;
    this.#output = output;
    this.#flush = flush;
    this.#settle = settle;
  }

  start(): void {
    const { user, database, connection } = this.#settings;
    const output = this.#output;
    const start = output.length;
    output.int32(0);
    output.int32(PROTOCOL_3);
    const session: Record<string, unknown> = { user, database, client_encoding: 'UTF8', ...connection };
    for (const [name, value] of Object.entries(session)) {
      if (!value) continue;
      output.name(name);
      output.name(`${value as string | number}`);
    }
    output.name('');
    output.end(start);
    this.#flush();
  }

  receive(type: number, bytes: Buffer, start: number, end: number): void {
    if (type === READY) this.#settle(this.#isVerified ? null : this.#failure());
    else if (type === ERROR) this.#settle(readServerError(bytes, start, end));
    else if (type === AUTHENTICATION) {
      // The bytes are lent, while the answer may take a moment.
      const rest = Buffer.from(bytes.subarray(start + 4, end));
      this.#authenticate(bytes.readInt32BE(start), rest).catch((error: unknown) =>
        this.#settle(this.#failure(error)),
      );
    }
  }

  async #authenticate(kind: number, rest: Buffer): Promise<void> {
    if (kind === OK) return;
    if (kind === SASL_FINAL) {
      this.#scram?.verify(rest.toString());
      this.#isVerified = true;
      return;
    }
    if (kind === SASL) {
      if (!rest.toString().split('\0').includes('SCRAM-SHA-256')) throw new Error('not SCRAM-SHA-256');
      this.#isVerified = false;
      this.#scram = new ScramExchange(await this.#password());
      const { first } = this.#scram;
      return this.#answer(() => {
        this.#output.name('SCRAM-SHA-256');
        this.#output.int32(Buffer.byteLength(first));
        this.#output.text(first);
      });
    }
    if (kind === SASL_CONTINUE && this.#scram !== null) {
      const answer = await this.#scram.answer(rest.toString());
      return this.#answer(() => this.#output.text(answer));
    }
    if (kind !== CLEARTEXT && kind !== MD5) throw new Error(`a way of authentication we lack: ${kind}`);
    const password = await this.#password();
    const text = kind === MD5 ? hashPassword(password, this.#settings.user, rest.subarray(0, 4)) : password;
    this.#answer(() => this.#output.name(text));
  }

  #answer(write: () => void): void {
    const start = this.#output.begin(PASSWORD);
    write();
    this.#output.end(start);
    this.#flush();
  }

  async #password(): Promise<string> {
    const { pass } = this.#settings;
    return (typeof pass === 'function' ? await pass() : pass) ?? '';
  }

  #failure(cause?: unknown): Error {
    return connectionError('AUTHENTICATION_FAILED', this.#settings, cause);
  }
}

/** As Postgres asks for it in `md5`: the salt differs each time. */
export function hashPassword(password: string, user: string, salt: Uint8Array): string {
  return `md5${md5(Buffer.concat([Buffer.from(md5(password + user)), salt]))}`;
}

function md5(value: string | Uint8Array): string {
  return createHash('md5').update(value).digest('hex');
}
