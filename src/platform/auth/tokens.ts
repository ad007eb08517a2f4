/** JSON Web Tokens (RFC 7519) of an identity provider, checked against its published keys. Issues none. */
import { errors, type JWTPayload, jwtVerify } from 'jose';

import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { KeysUnavailableError, UnauthenticatedError } from './auth-error.ts';
import { createKeySet } from './key-set.ts';
import { isScope, type Scope, type Viewer } from './viewer.ts';

/** Asymmetric only: a published key must not double as a shared secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * @throws {UnauthenticatedError} from the reader: signature, time, issuer or audience is wrong.
 * @throws {KeysUnavailableError} from the reader: the provider's keys are unreachable.
 */
export function createTokenReader(
  jwt: NonNullable<Config['jwt']>,
  log: Log,
): (token: string) => Promise<Viewer> {
  const keys = createKeySet(jwt.jwksUrl, log);
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp'],
        ...(jwt.issuer === null ? {} : { issuer: jwt.issuer }),
        ...(jwt.audience === null ? {} : { audience: jwt.audience }),
      });
      const name = payload.sub ?? 'token';
      return { id: `token:${name}`, name, kind: 'token', scopes: readScopes(payload) };
    } catch (error) {
      if (error instanceof KeysUnavailableError) throw error;
      throw new UnauthenticatedError(explain(error), { cause: error });
    }
  };
}

/** `scope` is a space-separated text (RFC 8693), `scp` a list; unknown names are ignored. */
function readScopes(payload: JWTPayload): ReadonlySet<Scope> {
  const claim = payload['scope'] ?? payload['scp'];
  const names: readonly unknown[] =
    typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return new Set(names.filter((name) => typeof name === 'string').filter((name) => isScope(name)));
}

function explain(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The token's claim \`${error.claim}\` is not accepted.`;
  return 'The token is not valid: its form or signature is wrong.';
}
