/** What a caller of cluster sets can fix. */
import { DomainError } from '#platform/errors.ts';

export class ClusterSetKeyTakenError extends DomainError {
  override readonly name = 'ClusterSetKeyTakenError';
  readonly key: string;

  constructor(key: string) {
    super(`There is a cluster set with the key ${key} already. Keys of archived sets stay taken.`);
    this.key = key;
  }
}

/** A cluster set cannot go while rules of segments name its clusters. */
export class ClusterSetInUseError extends DomainError {
  override readonly name = 'ClusterSetInUseError';
  /** Keys of those segments. */
  readonly usedBy: readonly string[];

  constructor(key: string, usedBy: readonly string[]) {
    super(`Clusters of ${key} are used by ${usedBy.join(', ')}. Change their rules first.`);
    this.usedBy = usedBy;
  }
}
