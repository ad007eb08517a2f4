/** Errors of webhooks that a caller can fix. */
import { KeyTakenError } from '#named-resources/errors.ts';

export class WebhookKeyTakenError extends KeyTakenError {
  override readonly name = 'WebhookKeyTakenError';

  constructor(key: string) {
    super('webhook', key);
  }
}
