/** What a caller of lists can fix. */
import { DomainError } from '#platform/errors.ts';

export class ListKeyTakenError extends DomainError {
  override readonly name = 'ListKeyTakenError';
  readonly key: string;

  constructor(key: string) {
    super(`There is a list with the key ${key} already. Keys of archived lists stay taken.`);
    this.key = key;
  }
}

/** A list cannot go while rules of segments name it. */
export class ListInUseError extends DomainError {
  override readonly name = 'ListInUseError';
  /** Keys of those segments. */
  readonly usedBy: readonly string[];

  constructor(key: string, usedBy: readonly string[]) {
    super(`The list ${key} is used by ${usedBy.join(', ')}. Change their rules first.`);
    this.usedBy = usedBy;
  }
}
