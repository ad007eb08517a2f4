/** Errors of authentication. */

/** 401: the caller is unknown. The message may be shown: it says what to send and nothing about other keys. */
export class UnauthenticatedError extends Error {
  override readonly name = 'UnauthenticatedError';
}

/** 503: the keys that verify a token cannot be loaded. The token may be valid; the caller should retry. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, options?: ErrorOptions) {
    super('The keys to check the token with could not be loaded. Send the request again later.', options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
