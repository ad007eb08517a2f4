/** Errors of training and publishing that a caller can fix. */
import { DomainError } from '#platform/errors.ts';

/** There is no training data yet. */
export class NotEnoughDataError extends DomainError {
  override readonly name = 'NotEnoughDataError';

  constructor(customerCount: number, productCount: number) {
    super(
      `Training needs at least 2 customers who bought and 2 products that were bought, found ${customerCount} and ${productCount}. Import orders first; until then recommendations stay as they are.`,
    );
  }
}

/** Only one training runs at a time, over all processes. */
export class TrainingUnderWayError extends DomainError {
  override readonly name = 'TrainingUnderWayError';

  constructor() {
    super('Another process is training the models. Wait until it is done and see `models`.');
  }
}

/** The version does not exist, or its training was never completed. */
export class ModelVersionError extends DomainError {
  override readonly name = 'ModelVersionError';

  constructor(algorithm: string, version: number, available: readonly number[]) {
    const known = available.length === 0 ? 'there is none' : `there are ${available.join(', ')}`;
    super(`Version ${version} of ${algorithm} cannot be published; of this algorithm ${known}.`);
  }
}

/** The method cannot be trained on data of this size. */
export class UnfitMethodError extends DomainError {
  override readonly name = 'UnfitMethodError';

  constructor(algorithm: string, reason: string) {
    super(`${algorithm} cannot be trained on this: ${reason}.`);
  }
}
