/** From an `authorization` header to the caller. Authorisation is decided elsewhere. */
import type { App } from '../app.ts';
import type { MaybePromise } from '../graphql-engine.ts';
import { createKeyReader, KEY_PREFIX } from './api-keys.ts';
import { UnauthenticatedError } from './auth-error.ts';
import { createTokenReader } from './tokens.ts';
import type { Viewer } from './viewer.ts';

const HOW = 'Send `authorization: Bearer c360_…`; `c360 keys create` makes a key.';

/**
 * @throws {UnauthenticatedError} (or rejects with it): no credential, or an invalid one.
 * @throws {KeysUnavailableError} (rejects with it): a token, and no keys to verify it with.
 */
export type Authenticate = (authorization: string | undefined) => MaybePromise<Viewer>;

export function createAuthenticate(app: App): Authenticate {
  const readKey = createKeyReader(app);
  const readToken = app.config.jwt === null ? null : createTokenReader(app.config.jwt, app.log);

  return (authorization) => {
    if (authorization === undefined)
      throw new UnauthenticatedError(`No credential came with the request. ${HOW}`);
    const credential = /^Bearer ([\x21-\x7e]{1,8192})$/i.exec(authorization)?.[1];
    if (credential === undefined) throw new UnauthenticatedError(`Expected a bearer credential. ${HOW}`);
    if (!credential.startsWith(KEY_PREFIX)) {
      if (readToken !== null) return readToken(credential);
      throw new UnauthenticatedError(`Expected an API key. ${HOW}`);
    }
    const viewer = readKey(credential);
    return viewer instanceof Promise ? viewer.then(orRefuse) : orRefuse(viewer);
  };
}

function orRefuse(viewer: Viewer | null): Viewer {
  if (viewer === null) throw new UnauthenticatedError('This API key is unknown or revoked.');
  return viewer;
}
