/** What a caller of training and publishing can fix. */
import { DomainError } from '#platform/errors.ts';

/** There is nothing to learn from yet. */
export class NotEnoughDataError extends DomainError {
  override readonly name = 'NotEnoughDataError';

  constructor(customerCount: number, productCount: number) {
    super(
      `Training needs at least 2 customers who bought and 2 products that were bought, found ${customerCount} and ${productCount}. Import orders first; until then recommendations stay as they are.`,
    );
  }
}

/** One training at a time, over all processes. */
export class TrainingUnderWayError extends DomainError {
  override readonly name = 'TrainingUnderWayError';

  constructor() {
    super('Another process is training the models. Wait until it is done and look at `models`.');
  }
}

/** No such version of an algorithm, or one that was never trained to its end. */
export class ModelVersionError extends DomainError {
  override readonly name = 'ModelVersionError';

  constructor(algorithm: string, version: number, available: readonly number[]) {
    const known = available.length === 0 ? 'there is none' : `there are ${available.join(', ')}`;
    super(`Version ${version} of ${algorithm} cannot be published; of this algorithm ${known}.`);
  }
}

/** The method cannot be trained on so much data. */
export class UnfitMethodError extends DomainError {
  override readonly name = 'UnfitMethodError';

  constructor(algorithm: string, reason: string) {
    super(`${algorithm} cannot be trained on this: ${reason}.`);
  }
}
