/** Secrets of webhooks, sealed at rest, and the signatures made with them. */
import { randomBytes } from 'node:crypto';

import type { Keyring } from '#platform/crypto/keyring.ts';
import type { SealedValues } from '#platform/crypto/sealed-rows.ts';
import { eq } from 'drizzle-orm';
import { Webhook as Signer } from 'standardwebhooks';

import { type StoredSecret, webhooks } from './tables.ts';

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
    .map((secret) => openSecret(keyring, id, secret))
    .map((secret) => new Signer(secret).sign(message.id, message.at, message.body))
    .join(' ');
}

/** Few, so that all are read. */
export const sealedWebhookSecrets: SealedValues = {
  async countStale(db, activeKeyId) {
    const rows = await db.orm.select({ secrets: webhooks.secrets }).from(webhooks);
    return rows.filter(({ secrets }) => isStale(secrets, activeKeyId)).length;
  },
  async resealSome(tx, keyring) {
    const rows = await tx.orm
      .select({ id: webhooks.id, secrets: webhooks.secrets })
      .from(webhooks)
      .for('update');
    const stale = rows.filter(({ secrets }) => isStale(secrets, keyring.activeKeyId));
    for (const { id, secrets } of stale) {
      const fresh = secrets.map((secret) => ({
        ...sealSecret(keyring, id, openSecret(keyring, id, secret)),
        expiresAt: secret.expiresAt,
      }));
      await tx.orm.update(webhooks).set({ secrets: fresh }).where(eq(webhooks.id, id));
    }
    return stale.length;
  },
};

function isStale(secrets: readonly StoredSecret[], activeKeyId: string): boolean {
  return secrets.some(({ keyId }) => keyId !== activeKeyId);
}

function openSecret(keyring: Keyring, webhookId: string, { keyId, sealed }: StoredSecret): string {
  return keyring.open({ keyId, sealed: Buffer.from(sealed, 'base64') }, bindingOf(webhookId));
}

function bindingOf(webhookId: string): string {
  return `${webhookId} webhook`;
}
