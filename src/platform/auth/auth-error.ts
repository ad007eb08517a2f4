/** Why a caller is not let in. */

/** 401: we do not know who calls. The message may be shown: it tells how to go on and nothing about other keys. */
export class UnauthenticatedError extends Error {
  override readonly name = 'UnauthenticatedError';
}
