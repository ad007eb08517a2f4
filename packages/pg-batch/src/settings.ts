/** Data of the server that a connection needs, in the words of postgres.js, which reads it from the URL. */

/** The part of `sql.options` of postgres.js that a connection of ours follows. */
export interface ServerSettings {
  /** The first of several is taken, as the pool does. */
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** Of a Unix socket, else falsy. */
  readonly path: string | false | undefined;
  readonly user: string;
  readonly pass: string | (() => string | Promise<string>) | null;
  readonly database: string;
  /** False: no TLS. `require`, `allow`, `prefer`: without looking at the certificate. Else it must be valid. */
  readonly ssl: string | boolean | object;
  readonly sslnegotiation: string | null;
  /** Seconds, as are the next three; null: none. */
  readonly connect_timeout: number;
  readonly keep_alive: number | null;
  readonly idle_timeout: Duration;
  readonly max_lifetime: Duration;
  /** Seconds to wait before the next attempt, after this number of failures. */
  readonly backoff: number | ((retries: number) => number);
  /** Settings of the session, sent with its start; those without a value are not. */
  readonly connection: SessionSettings;
  /** By type, of what has a text form of its own: filled with the arrays of a database by the pool. */
  readonly serializers: Readonly<Record<number, Serializer | undefined>>;
  readonly parsers: Readonly<Record<number, Parser | undefined>>;
}

/** By name, as in `show`. */
export type SessionSettings = Readonly<Record<string, string | number | boolean | undefined>>;

/** The part that reading and writing values takes. */
export type ValueSettings = Pick<ServerSettings, 'parsers' | 'serializers'>;

type Duration = number | null | (() => number);
export type Serializer = (value: unknown) => unknown;
/** Readers of arrays take the text behind its first brace. */
export type Parser = ((text: string) => unknown) & { readonly array?: boolean };

export function secondsOf(duration: Duration): number {
  return (typeof duration === 'function' ? duration() : duration) ?? 0;
}

/** Behind the time limit of the server, before a connection is taken for lost that does not report it. */
const GRACE_MS = 1_000;

/** Milliseconds; Infinity where a statement may take any time. */
export function silenceLimitOf({ connection }: ServerSettings): number {
  const timeoutMs = Number(connection['statement_timeout'] ?? 0);
  return timeoutMs === 0 ? Infinity : timeoutMs + GRACE_MS;
}
