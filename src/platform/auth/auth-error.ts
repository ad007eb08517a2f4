/** Why a caller is not let in. */

/** 401: we do not know who calls. The message may be shown: it tells how to go on and nothing about other keys. */
export class UnauthenticatedError extends Error {
  override readonly name = 'UnauthenticatedError';
}

/** 503: the keys to judge a token by are out of reach. The caller's token may be good, and is worth sending again. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, options?: ErrorOptions) {
    super('The keys to check the token with could not be loaded. Send the request again later.', options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
