/** Errors of campaign mutations that a caller can fix. */
import { KeyTakenError } from '#named-resources/errors.ts';
import { DomainError } from '#platform/errors.ts';

export class CampaignKeyTakenError extends KeyTakenError {
  override readonly name = 'CampaignKeyTakenError';

  constructor(key: string) {
    super('campaign', key);
  }
}

/** An audience names segments that do not exist or are archived. */
export class UnknownSegmentsError extends DomainError {
  override readonly name = 'UnknownSegmentsError';
  readonly keys: readonly string[];

  constructor(keys: readonly string[]) {
    super(`there is no segment by the key ${keys.join(', ')}`);
    this.keys = keys;
  }
}
