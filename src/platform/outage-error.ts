/** Errors for callers while the database cannot be reached. */
import { isUnavailable, UncertainCommitError } from './database/availability.ts';

export interface OutageError {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

const UNAVAILABLE = 'The database cannot be reached for the moment. Send the request again in a second.';
const UNCERTAIN =
  'The connection to the database was lost while a change was being confirmed: it may have been made. Read it before you send it again.';

/** Null where the error has another reason. */
export function outageErrorOf(error: unknown): OutageError | null {
  if (!isUnavailable(error)) return null;
  const message = error instanceof UncertainCommitError ? UNCERTAIN : UNAVAILABLE;
  return { message, extensions: { code: 'SERVICE_UNAVAILABLE', http: { status: 503 } } };
}
