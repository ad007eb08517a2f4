/** Which errors say that the database cannot be reached or ended the session, for every client of it. Knows no connection. */

/** Of the system and of clients, when there is no way to the server or it broke. */
const UNREACHABLE = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ETIMEDOUT',
]);

/**
 * SQLSTATEs of a server that takes no connection or ends one: class 08 connection exception, class 53 insufficient
 * resources (53300 too many connections), 57P01 to 57P05 shutdown, crash, start and idle session.
 */
const REFUSING = /^(08|53|57P)/;

/** A server that no longer takes writes, as after a failover. */
const READ_ONLY = '25006';

/** The connection was lost after the commit was sent: the change may have been made. */
export class UncertainCommitError extends Error {
  override readonly name = 'UncertainCommitError';
  readonly code = 'CONNECTION_CLOSED';
}

/** Whether the same may succeed once the database is there again. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && (UNREACHABLE.has(code) || REFUSING.test(code) || code === READ_ONLY)) {
    return true;
  }
  return error.cause !== undefined && isUnavailable(error.cause);
}
