/** Distinguishes a statement that ran into STATEMENT_TIMEOUT_MS from other errors. Sends nothing. */

/** `query_canceled`: by the time limit, unless the request itself was cancelled. */
const QUERY_CANCELED = '57014';

export function isStatementTimeout(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ((cause as { code?: unknown }).code === QUERY_CANCELED) return true;
  }
  return false;
}
