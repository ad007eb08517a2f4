/** The published keys of an identity provider (RFC 7517): loading, caching and refreshing. */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

import type { Log } from '../log.ts';
import { KeysUnavailableError } from './auth-error.ts';

/** A key set is reloaded after this time, so a withdrawn key is accepted for at most as long. */
const MAX_AGE_MS = 600_000;
/** While the provider is unreachable its last key set is used up to this age. */
const MAX_STALE_MS = 3_600_000;
/** Minimum time between reloads that tokens with an unknown key id cause. */
const MIN_AGE_MS = 30_000;
/** Delay before the next load after a failed one. */
const RETRY_AFTER_MS = 10_000;
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1_000_000;

/**
 * Finds the key of a token. Only one load runs at a time, and a failure is cached, so that many tokens do not become
 * many requests to the provider.
 * @throws {KeysUnavailableError} from the finder: no key set that could contain the key was loaded.
 */
export function createKeySet(url: string, log: Log): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | null = null;
  let loadedAtMs = -Infinity;
  let failedAtMs = -Infinity;
  let loading: Promise<void> | null = null;

  async function load(): Promise<void> {
    const waitMs = failedAtMs + RETRY_AFTER_MS - performance.now();
    if (waitMs > 0) throw new KeysUnavailableError(Math.ceil(waitMs / 1000));
    try {
      keys = createLocalJWKSet(await fetchKeySet(url));
      loadedAtMs = performance.now();
    } catch (error) {
      failedAtMs = performance.now();
      log.warn({ error }, 'the keys of JWKS_URL could not be loaded');
      throw new KeysUnavailableError(RETRY_AFTER_MS / 1000, { cause: error });
    }
  }

  async function reload(): Promise<void> {
    loading ??= load().finally(() => (loading = null));
    await loading;
  }

  return async (header, token) => {
    if (performance.now() - loadedAtMs > MAX_AGE_MS) {
      await reload().catch((error: unknown) => {
        if (performance.now() - loadedAtMs > MAX_STALE_MS) throw error;
      });
    }
    try {
      return await keys!(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw toKeyError(error);
      if (performance.now() - loadedAtMs < MIN_AGE_MS) throw error;
    }
    await reload();
    return keys!(header, token);
  };
}

/** A published key that cannot be parsed is a fault of the provider, not of the token. */
function toKeyError(error: unknown): unknown {
  if (error instanceof errors.JWKSMultipleMatchingKeys) return error;
  return new KeysUnavailableError(RETRY_AFTER_MS / 1000, { cause: error });
}

async function fetchKeySet(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    // No redirects: the location of the keys is a setting.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`expected the status 200, got ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // Leaving the loop closes the connection.
    if (length > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes, got more`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as JSONWebKeySet;
}
