/** The part of pg 8.23 that opening a session takes. `connection`, `saslSession` and the class `Connection` are not documented. */
declare module 'pg' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface TlsChoice {
    readonly ssl: boolean | object;
    readonly sslNegotiation?: 'direct' | 'postgres';
  }

  export interface ClientConfig {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
    readonly password: () => string | Promise<string>;
    readonly ssl: boolean | object;
    readonly sslnegotiation: 'direct' | 'postgres';
    readonly enableChannelBinding: boolean;
    readonly application_name?: string | undefined;
    readonly options: string;
    readonly keepAlive: boolean;
    readonly keepAliveInitialDelayMillis: number;
    readonly stream?: () => Socket;
  }

  export class Client extends EventEmitter {
    readonly connection: Connection;
    /** Null until the server has sent it. */
    readonly processID: number | null;
    readonly secretKey: number | null;
    /** An exchange of SCRAM that has begun; null once the server has proven that it knows the password too. */
    readonly saslSession?: object | null;
    constructor(config: ClientConfig);
    connect(callback: (error: Error | null) => void): void;
  }

  /** Emits `connect`, `sslconnect` once a handshake has begun, `error`, and `end` when its socket is closed. */
  export class Connection extends EventEmitter {
    /** Replaced by the encrypted one before `sslconnect`. */
    readonly stream: Socket;
    constructor(config: TlsChoice);
    connect(portOrPath: number | string, host?: string): void;
    requestSsl(): void;
    cancel(processId: number, secretKey: number): void;
  }
}
