/** Errors of look-alikes that a caller can fix. */
import { KeyTakenError } from '#named-resources/errors.ts';

export class LookAlikeKeyTakenError extends KeyTakenError {
  override readonly name = 'LookAlikeKeyTakenError';

  constructor(key: string) {
    super('look-alike', key);
  }
}
