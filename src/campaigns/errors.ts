/** What a caller of a campaign's mutations can fix. */
import { DomainError } from '#platform/errors.ts';

export class CampaignKeyTakenError extends DomainError {
  override readonly name = 'CampaignKeyTakenError';
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
