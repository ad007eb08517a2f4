/** Errors of cluster sets that a caller can fix. */
import { InUseError, KeyTakenError } from '#named-resources/errors.ts';

export class ClusterSetKeyTakenError extends KeyTakenError {
  override readonly name = 'ClusterSetKeyTakenError';

  constructor(key: string) {
    super('cluster set', key);
  }
}

export class ClusterSetInUseError extends InUseError {
  override readonly name = 'ClusterSetInUseError';

  constructor(key: string, usedBy: readonly string[]) {
    super('cluster set', key, usedBy);
  }
}
