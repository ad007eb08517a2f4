/** Secrets of webhooks, sealed at rest, and the signatures made with them. */
import { randomBytes } from 'node:crypto';

import type { Keyring } from '#platform/crypto/keyring.ts';
import { Webhook as Signer } from 'standardwebhooks';

import type { StoredSecret } from './tables.ts';

/** A receiver has so long to take the new secret: until then both sign. */
const OVERLAP_MS = 86_400_000;
const SECRET_BYTES = 24;

/** As the Standard Webhooks specification writes them. */
export function createSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

export function sealSecret(keyring: Keyring, webhookId: string, secret: string): StoredSecret {
  const { keyId, sealed } = keyring.seal(secret, bindingOf(webhookId));
  return { keyId, sealed: Buffer.from(sealed).toString('base64'), expiresAt: null };
}

/** The new one first; the one before signs on for a day, and those before it no more. */
export function replaceSecret(
  secrets: readonly StoredSecret[],
  added: StoredSecret,
  now: Date,
): StoredSecret[] {
  const expiresAt = new Date(now.getTime() + OVERLAP_MS).toISOString();
  return [added, ...secrets.slice(0, 1).map((secret) => ({ ...secret, expiresAt }))];
}

/** One signature for each valid secret, separated by blanks. */
export function signMessage(
  keyring: Keyring,
  { id, secrets }: { readonly id: string; readonly secrets: readonly StoredSecret[] },
  message: { readonly id: string; readonly at: Date; readonly body: string },
): string {
  return secrets
    .filter(({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > message.at.getTime())
    .map(({ keyId, sealed }) => keyring.open({ keyId, sealed: Buffer.from(sealed, 'base64') }, bindingOf(id)))
    .map((secret) => new Signer(secret).sign(message.id, message.at, message.body))
    .join(' ');
}

function bindingOf(webhookId: string): string {
  return `${webhookId} webhook`;
}
