/** Errors that stop an import, for the user who started it. */
import { DomainError } from '#platform/errors.ts';

/** The file cannot be read further; committed rows stay, and the same import resumes after them. */
export class ImportError extends DomainError {
  override readonly name = 'ImportError';
}

/** Another process is importing the same file. */
export class ImportRunningError extends DomainError {
  override readonly name = 'ImportRunningError';
}
