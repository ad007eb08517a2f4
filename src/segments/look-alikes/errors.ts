/** What a caller of look-alikes can fix. */
import { DomainError } from '#platform/errors.ts';

export class LookAlikeKeyTakenError extends DomainError {
  override readonly name = 'LookAlikeKeyTakenError';
  readonly key: string;

  constructor(key: string) {
    super(`There is a look-alike with the key ${key} already. Keys of archived look-alikes stay taken.`);
    this.key = key;
  }
}
