/** Errors as postgres.js makes them, so that callers need not know which client asked. */
import postgres from 'postgres';

import type { ServerSettings } from './settings.ts';

/** By the letter that a server puts before each field (protocol, "Error and Notice Message Fields"). */
const FIELDS: Readonly<Record<string, string>> = {
  S: 'severity_local',
  V: 'severity',
  C: 'code',
  M: 'message',
  D: 'detail',
  H: 'hint',
  P: 'position',
  p: 'internal_position',
  q: 'internal_query',
  W: 'where',
  s: 'schema_name',
  t: 'table_name',
  c: 'column_name',
  d: 'data type_name',
  n: 'constraint_name',
  F: 'file',
  L: 'line',
  R: 'routine',
};

/** @param start of the fields, behind the length of the message */
export function readServerError(bytes: Buffer, start: number, end: number): postgres.PostgresError {
  const fields: Record<string, string> = {};
  for (let at = start; at < end && bytes[at] !== 0;) {
    const stop = bytes.indexOf(0, at + 1);
    const name = FIELDS[String.fromCharCode(bytes[at]!)];
    if (name !== undefined) fields[name] = bytes.toString('utf8', at + 1, stop);
    at = stop + 1;
  }
  return new postgres.PostgresError(fields as never);
}

/** Routines of a server that refuse a prepared statement which is out of date, or gone: as postgres.js knows them. */
const STALE_ROUTINES = new Set(['FetchPreparedStatement', 'RevalidateCachedQuery', 'transformAssignedExpr']);

/** Whether a statement may run once it is prepared again. */
export function isStale(error: Error): boolean {
  return error instanceof postgres.PostgresError && STALE_ROUTINES.has(error.routine);
}

type ConnectionErrorCode =
  | 'CONNECT_TIMEOUT'
  | 'CONNECTION_CLOSED'
  | 'CONNECTION_DESTROYED'
  | 'CONNECTION_ENDED'
  | 'TLS_REFUSED'
  | 'AUTHENTICATION_FAILED'
  | 'PROTOCOL_VIOLATION';

/** @param cause what the server said before, where it said something */
export function connectionError(
  code: ConnectionErrorCode,
  { path, host, port }: ServerSettings,
  cause?: unknown,
): Error {
  const place = path ? { address: path } : { address: host[0], port: port[0] };
  const error = new Error(`write ${code} ${path || `${host[0]}:${port[0]}`}`, cause ? { cause } : {});
  return Object.assign(error, { code, errno: code, ...place });
}

/** As postgres.js allows; their number takes two bytes. */
const MOST_PARAMETERS = 65_534;

/** Null for a number of parameters that a message can hold. */
export function refuseParameters(count: number): Error | null {
  if (count < MOST_PARAMETERS) return null;
  const message = `Max number of parameters (${MOST_PARAMETERS}) exceeded`;
  return parameterError('MAX_PARAMETERS_EXCEEDED', message);
}

/** Of a caller who gives what no statement takes. */
export function parameterError(code: 'UNDEFINED_VALUE' | 'MAX_PARAMETERS_EXCEEDED', message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
