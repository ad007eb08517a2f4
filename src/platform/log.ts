/** Structured logs. Never contains contact data or parameters of statements. */
import { destination, type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export type Log = Logger;

/** Buffered: a write per small request would be most of the cost of logging. */
const BUFFER_BYTES = 4_096;
const FLUSH_EVERY_MS = 200;

/** Writes to the standard output by default. */
export function createLog(level: string, stream: DestinationStream = bufferedOutput()): Log {
  return pino(
    { level, base: null, timestamp: stdTimeFunctions.isoTime, serializers: { error: describeError } },
    stream,
  );
}

function bufferedOutput(): DestinationStream {
  const stream = destination({ minLength: BUFFER_BYTES, periodicFlush: FLUSH_EVERY_MS, sync: true });
  process.once('exit', () => stream.flushSync());
  return stream;
}

/** Database errors about a value, by the class of their SQLSTATE: their message quotes the value. */
const DATA_EXCEPTION = /^2[23]/;

/** Properties of an error that quote no row: `detail` and `parameters` of a database error do. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, constraint_name: constraint } = error as { code?: unknown; constraint_name?: unknown };
  const quotesValue = typeof code === 'string' && DATA_EXCEPTION.test(code);
  const hide = (text: string) => (quotesValue ? text.replace(/"[^"]*"/g, '"…"') : text);
  return {
    name: error.name,
    message: hide(error.message),
    stack: error.stack === undefined ? undefined : hide(error.stack),
    ...(code === undefined ? {} : { code }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
