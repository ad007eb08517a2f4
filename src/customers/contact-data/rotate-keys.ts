/** Re-seals what is sealed at rest with the newest key, batch by batch, so that an old key can be retired. */
import type { App } from '#platform/app.ts';
import type { Keyring } from '#platform/crypto/keyring.ts';
import { countStaleValues, sealedRows, sealedValues } from '#platform/crypto/sealed-rows.ts';

import { contactBinding } from './sealing.ts';

export const sealedContacts = sealedRows({
  table: 'customer_contacts',
  key: { customer_id: 'uuid', kind: 'text', position: 'smallint' },
  bindingOf: (customerId, kind) => contactBinding(customerId, kind),
  // Small enough that a write of the same customer waits only a few milliseconds.
  batchSize: 500,
});

export interface RotationProgress {
  /** Values re-sealed by this run. */
  readonly done: number;
  /** Values to re-seal at the start of this run. */
  readonly total: number;
}

export interface RotationOptions {
  /** The keys to seal with; those of the app unless given. */
  readonly keyring?: Keyring;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RotationProgress) => void) | undefined;
}

/**
 * Each batch is one transaction, and remaining values are found by their key id, so an interrupted run is continued by
 * the next one. Restart every process with the new key beside the old one first: a process without it cannot open the
 * re-sealed values.
 * @returns number of re-sealed values; fewer than `total` where `signal` stopped it
 * @throws {SealedValueError} a value's key is not configured, or the value was changed
 */
export async function rotateContactKeys(app: App, options: RotationOptions = {}): Promise<RotationProgress> {
  const { keyring = app.keyring, signal, onProgress } = options;
  const total = await countStaleValues(app, keyring);
  let done = 0;
  onProgress?.({ done, total });
  for (const values of sealedValues(app)) {
    for (;;) {
      if (signal?.aborted === true) break;
      const count = await app.db.transaction((tx) => values.resealSome(tx, keyring));
      if (count === 0) break;
      done += count;
      onProgress?.({ done, total: Math.max(total, done) });
    }
  }
  return { done, total: Math.max(total, done) };
}
