/** The way to a server: TCP or a Unix socket, with TLS where it is asked for. Knows no message but the request for TLS. */
import { isIP, Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

import { connectionError } from './errors.ts';
import type { ServerSettings } from './settings.ts';

export interface TransportEvents {
  onOpen(): void;
  /** The bytes are lent until the call returns. */
  onBytes(bytes: Buffer, length: number): void;
  /** Called once, with what broke it or null. */
  onClose(error: Error | null): void;
}

/** What is read at once; the system's own buffer of a connection is larger. */
const READ_BYTES = 65_536;
const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]);
const YES = 0x53;
const NO = 0x4e;
/** These encrypt without looking at the certificate, as libpq's `require` does. */
const UNVERIFIED = new Set<unknown>(['require', 'allow', 'prefer']);

export class Transport {
  readonly #settings: ServerSettings;
  readonly #events: TransportEvents;
  #socket: Socket;
  #error: Error | null = null;

  constructor(settings: ServerSettings, events: TransportEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#socket = settings.ssl ? this.#openSecure() : this.#openPlain();
    this.#watch(this.#socket);
    this.#connect();
  }

  write(bytes: Uint8Array, onTaken: () => void): void {
    this.#socket.write(bytes, onTaken);
  }

  end(bytes: Uint8Array): void {
    this.#socket.end(bytes);
  }

  destroy(error: Error): void {
    this.#socket.destroy(error);
  }

  /** Without TLS what comes is read into one buffer, again and again. */
  #openPlain(): Socket {
    const onread = {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (length: number, bytes: Uint8Array) => {
        this.#events.onBytes(bytes as Buffer, length);
        return true;
      },
    };
    const socket = new Socket({ onread });
    return socket.once('connect', () => this.#events.onOpen());
  }

  #openSecure(): Socket {
    const socket = new Socket();
    return socket.once('connect', () => {
      if (this.#settings.sslnegotiation === 'direct') return this.#secure(socket);
      socket.once('data', (answer: Buffer) => this.#negotiate(socket, answer));
      socket.write(TLS_REQUEST);
    });
  }

  #negotiate(socket: Socket, answer: Buffer): void {
    // More than the one byte, before there is encryption, would come from somebody in between.
    if (answer.length === 1 && answer[0] === YES) this.#secure(socket);
    else if (answer.length === 1 && answer[0] === NO && this.#settings.ssl === 'prefer') {
      this.#open(socket);
    } else socket.destroy(connectionError('TLS_REFUSED', this.#settings));
  }

  #secure(socket: Socket): void {
    const { ssl, host, sslnegotiation } = this.#settings;
    const options: ConnectionOptions = {
      socket,
      host: host[0]!,
      ...(isIP(host[0]!) ? {} : { servername: host[0]! }),
      ...(sslnegotiation === 'direct' ? { ALPNProtocols: ['postgresql'] } : {}),
      ...(UNVERIFIED.has(ssl) ? { rejectUnauthorized: false } : {}),
      ...(typeof ssl === 'object' ? ssl : {}),
    };
    socket.removeAllListeners('close');
    const secured = connectTls(options);
    this.#socket = secured;
    this.#watch(secured);
    secured.once('secureConnect', () => this.#open(secured));
  }

  #open(socket: Socket): void {
    socket.on('data', (bytes: Buffer) => this.#events.onBytes(bytes, bytes.length));
    this.#events.onOpen();
  }

  #watch(socket: Socket): void {
    socket.on('error', (error) => (this.#error ??= error));
    socket.once('close', () => this.#events.onClose(this.#error));
  }

  #connect(): void {
    const { path, host, port, keep_alive: keepAliveSeconds } = this.#settings;
    if (path) this.#socket.connect(path);
    else this.#socket.connect(port[0]!, host[0]!);
    this.#socket.setNoDelay(true);
    if (keepAliveSeconds) this.#socket.setKeepAlive(true, keepAliveSeconds * 1000);
  }
}
