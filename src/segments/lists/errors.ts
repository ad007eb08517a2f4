/** Errors of lists that a caller can fix. */
import { InUseError, KeyTakenError } from '#named-resources/errors.ts';

export class ListKeyTakenError extends KeyTakenError {
  override readonly name = 'ListKeyTakenError';

  constructor(key: string) {
    super('list', key);
  }
}

export class ListInUseError extends InUseError {
  override readonly name = 'ListInUseError';

  constructor(key: string, usedBy: readonly string[]) {
    super('list', key, usedBy);
  }
}
