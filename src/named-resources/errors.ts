/** Errors of named resources that a caller can fix. Each resource has its own classes, which the schema exposes. */
import { DomainError } from '#platform/errors.ts';

export class KeyTakenError extends DomainError {
  readonly key: string;

  /** @param noun such as `segment` */
  constructor(noun: string, key: string) {
    super(`There is a ${noun} with the key ${key} already. Keys of archived ones stay taken.`);
    this.key = key;
  }
}

/** A resource cannot be archived while rules of segments name it. */
export class InUseError extends DomainError {
  /** Keys of those segments, in their order. */
  readonly usedBy: readonly string[];

  constructor(noun: string, key: string, usedBy: readonly string[]) {
    const sorted = usedBy.toSorted();
    super(`The ${noun} ${key} is used by ${sorted.join(', ')}. Change their rules first.`);
    this.usedBy = sorted;
  }
}
