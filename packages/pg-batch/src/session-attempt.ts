/**
 * One attempt to open a session. pg makes it: address, TLS, authentication (SCRAM with SASLprep, a limit of iterations
 * and channel binding). Its socket is taken over once the server is ready. Knows no query and no time limit.
 */
import { Socket } from 'node:net';

import { Client } from 'pg';

import { connectionError, readServerError } from './errors.ts';
import { MessageReader, type OnMessage } from './message-reader.ts';
import { addressOf, optionsOf, tlsOf } from './server-address.ts';
import type { ServerSettings } from './settings.ts';

export interface SessionEvents {
  onReady(): void;
  /** The bytes are lent until the call returns. */
  onMessage: OnMessage;
  /** Called once, with what broke it, or null where the server closed it without a word. */
  onClose(error: Error | null): void;
}

const ERROR = 0x45;
const READY = 0x5a;
/** The answer of a server to the request for TLS; more than the one byte would come from a third party in between. */
const TLS_ACCEPTED = 'S';
const TLS_DECLINED = 'N';
/** Bytes read at once; the system's own buffer of a connection is larger. */
const READ_BYTES = 65_536;

export class SessionAttempt {
  /** When bytes came last, by `performance.now`; 0: none so far. */
  receivedAt = 0;
  readonly #settings: ServerSettings;
  readonly #events: SessionEvents;
  #client: Client;
  /** Of the client: the encrypted one, once there is one. */
  #stream: Socket;
  #reader: MessageReader;
  #isEncrypted: boolean;
  #tlsAnswer = TLS_ACCEPTED;
  /** The server has said that it is ready: what comes is ours alone. */
  #isTaken = false;
  #error: Error | null = null;

  constructor(settings: ServerSettings, events: SessionEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#isEncrypted = Boolean(settings.ssl);
    this.#reader = this.#createReader();
    this.#client = this.#createClient();
    this.#stream = this.#client.connection.stream;
    this.#open();
  }

  get processId(): number {
    return this.#client.processID!;
  }

  get secretKey(): number {
    return this.#client.secretKey!;
  }

  get isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  write(bytes: Uint8Array, onTaken: () => void): void {
    this.#stream.write(bytes, onTaken);
  }

  end(bytes: Uint8Array): void {
    this.#stream.end(bytes);
  }

  destroy(error: Error): void {
    this.#error ??= error;
    this.#stream.destroy();
  }

  #createClient(): Client {
    const settings = this.#settings;
    const { host, port } = addressOf(settings);
    const { user, database, pass, keep_alive: keepAliveSeconds, connection, sslnegotiation } = settings;
    const applicationName = connection['application_name'];
    return new Client({
      host,
      port,
      user,
      database,
      // A function, since pg would look elsewhere for one that is empty.
      password: async () => (typeof pass === 'function' ? pass() : (pass ?? '')),
      ssl: this.#isEncrypted && tlsOf(settings),
      sslnegotiation: this.#isEncrypted && sslnegotiation === 'direct' ? 'direct' : 'postgres',
      enableChannelBinding: this.#isEncrypted,
      ...(applicationName ? { application_name: String(applicationName) } : {}),
      options: optionsOf(connection),
      keepAlive: Boolean(keepAliveSeconds),
      keepAliveInitialDelayMillis: (keepAliveSeconds ?? 0) * 1000,
      ...(this.#isEncrypted ? {} : { stream: () => this.#openPlain() }),
    });
  }

  #open(): void {
    const client = this.#client;
    const stream = client.connection.stream;
    this.#stream = stream;
    // It reports a broken socket for as long as that lives, and an error without a listener ends the process.
    client.on('error', () => {});
    this.#watch(stream);
    if (this.#isEncrypted) {
      if (this.#settings.sslnegotiation !== 'direct') {
        stream.once('data', (answer: Buffer) => (this.#tlsAnswer = answer.toString('latin1')));
      }
      client.connection.once('sslconnect', () => {
        stream.removeListener('close', this.#close);
        this.#stream = client.connection.stream;
        this.#watch(this.#stream);
        // Ours comes first: it reads an error of the server as every other one.
        this.#stream.prependListener('data', this.#read);
      });
    }
    client.connect((error) => (error === null ? this.#takeOver() : this.#refuse(error)));
  }

  /** Without TLS what comes is read into one buffer, again and again; until the takeover pg is given a copy. */
  #openPlain(): Socket {
    const socket: Socket = new Socket({
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (length: number, bytes: Uint8Array) => {
          const copy = this.#isTaken ? null : Buffer.copyBytesFrom(bytes, 0, length);
          this.#read(bytes as Buffer, length);
          if (copy !== null) socket.emit('data', copy);
          return true;
        },
      },
    });
    return socket;
  }

  readonly #read = (bytes: Buffer, length: number = bytes.length): void => {
    this.receivedAt = performance.now();
    this.#reader.read(bytes, length);
  };

  #createReader(): MessageReader {
    const { onMessage } = this.#events;
    return new MessageReader((type, bytes, start, end) => {
      if (this.#isTaken) onMessage(type, bytes, start, end);
      else if (type === READY) this.#isTaken = true;
      else if (type === ERROR) this.#error ??= readServerError(bytes, start, end);
    });
  }

  #watch(stream: Socket): void {
    stream.on('error', (error) => (this.#error ??= error));
    stream.once('close', this.#close);
  }

  #takeOver(): void {
    const { saslSession } = this.#client;
    // A server that lets in without its own proof is not the one that the password is for.
    if (saslSession) return this.destroy(connectionError('AUTHENTICATION_FAILED', this.#settings));
    this.#stream.removeAllListeners('data');
    if (this.#isEncrypted) this.#stream.on('data', this.#read);
    this.#events.onReady();
  }

  /** Called before the socket is closed; the error that broke the socket is known already. */
  #refuse(cause: Error): void {
    if (this.#stream.destroyed) return;
    const code = this.#tlsAnswer === TLS_ACCEPTED ? 'AUTHENTICATION_FAILED' : 'TLS_REFUSED';
    this.#error ??= connectionError(code, this.#settings, cause);
    this.#stream.destroy();
  }

  readonly #close = (): void => {
    const { ssl } = this.#settings;
    if (this.#tlsAnswer === TLS_DECLINED && ssl === 'prefer' && isCode(this.#error, 'TLS_REFUSED')) {
      this.#tlsAnswer = TLS_ACCEPTED;
      this.#isEncrypted = false;
      this.#error = null;
      this.#client = this.#createClient();
      this.#open();
      return;
    }
    this.#events.onClose(this.#error);
  };
}

function isCode(error: Error | null, code: string): boolean {
  return (error as { code?: unknown } | null)?.code === code;
}
