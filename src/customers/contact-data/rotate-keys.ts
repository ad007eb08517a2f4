/** Re-seals contact data with the newest key, batch by batch, so that an old key can be retired. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import { openContact, sealContact, type SealedContact } from './sealing.ts';

/** Small enough that a write of the same customer waits only a few milliseconds. */
const BATCH_SIZE = 500;

export interface RotationProgress {
  /** Values re-sealed by this run. */
  readonly done: number;
  /** Values to re-seal at the start of this run. */
  readonly total: number;
}

export interface RotationOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RotationProgress) => void) | undefined;
}

interface StaleContact extends SealedContact {
  readonly position: number;
}

/**
 * Each batch is one transaction, and remaining values are found by their key id, so an interrupted run is continued by
 * the next one. Restart every process with the new key beside the old one first: a process without it cannot open the
 * re-sealed values.
 * @returns number of re-sealed values; fewer than `total` where `signal` stopped it
 * @throws {SealedValueError} a value's key is not configured, or the value was changed
 */
export async function rotateContactKeys(app: App, options: RotationOptions = {}): Promise<RotationProgress> {
  const total = await countStale(app.db, app.keyring.activeKeyId);
  let done = 0;
  options.onProgress?.({ done, total });
  while (!options.signal?.aborted) {
    const count = await app.db.transaction((tx) => resealBatch(app, tx));
    if (count === 0) break;
    done += count;
    options.onProgress?.({ done, total: Math.max(total, done) });
  }
  return { done, total: Math.max(total, done) };
}

async function countStale(db: Database, activeKeyId: string): Promise<number> {
  const rows = await db.query<{ count: number }>(
    `/* customers.countStaleKeys */ select count(*) as count from customer_contacts where key_id <> $1`,
    [activeKeyId],
  );
  return rows[0]!.count;
}

async function resealBatch({ keyring }: App, tx: Database): Promise<number> {
  const rows = await tx.query<StaleContact>(
    // Two ranges of the index on key_id, which a plain <> would not use. Concurrent runs share the work.
    `/* customers.staleContacts */
    select customer_id as "customerId", kind, position, key_id as "keyId", sealed from customer_contacts
    where key_id < $1 or key_id > $1 limit $2 for update skip locked`,
    [keyring.activeKeyId, BATCH_SIZE],
  );
  if (rows.length === 0) return 0;
  const resealed = rows.map((row) =>
    sealContact(keyring, row.customerId, row.kind, openContact(keyring, row)),
  );
  await tx.query(
    `/* customers.resealContacts */
    update customer_contacts as contact set key_id = $5, sealed = decode(fresh.sealed, 'hex')
    from unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[]) as fresh(customer_id, kind, position, sealed)
    where contact.customer_id = fresh.customer_id and contact.kind = fresh.kind and contact.position = fresh.position`,
    [
      rows.map((row) => row.customerId),
      rows.map((row) => row.kind),
      rows.map((row) => row.position),
      resealed.map(({ sealed }) => Buffer.from(sealed).toString('hex')),
      keyring.activeKeyId,
    ],
  );
  return rows.length;
}
