/** What stops an import, in words for who started it. */
import { DomainError } from '#platform/errors.ts';

/** The file cannot be read on; what was committed before stays, and the same import started again goes on there. */
export class ImportError extends DomainError {
  override readonly name = 'ImportError';
}

/** Another process is importing the same file now. */
export class ImportRunningError extends DomainError {
  override readonly name = 'ImportRunningError';
}
