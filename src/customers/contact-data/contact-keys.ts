/** Verifies at start that the configured keys fit the stored contact data. */
import { ConfigError } from '#platform/config.ts';
import type { Keyring } from '#platform/crypto/keyring.ts';
import type { Database } from '#platform/database/database.ts';

const INDEX_CHECK = 'contact_index_check';
const KEY_CHECK = 'contact_key_check.';

/**
 * Compares the keys with check values of the first start, and writes missing check values: all of them or, if the keys
 * are refused, none, so that a start with corrected keys finds the database unchanged.
 * @throws {ConfigError} another index key, another key under a known id, or a missing key of sealed values.
 */
export function checkContactKeys(db: Database, keyring: Keyring): Promise<void> {
  const indexCheck = keyring.hash('check', INDEX_CHECK).toString('hex');
  const { sealed } = keyring.seal(KEY_CHECK, KEY_CHECK);
  return db.transaction(async (tx) => {
    // Written before they are read: of two first starts with different keys the later one waits here and is refused.
    await tx.query(
      `/* customers.leaveKeyChecks */
      insert into installation (key, value) select * from unnest($1::text[], $2::text[]) order by 1
      on conflict do nothing`,
      [
        [INDEX_CHECK, KEY_CHECK + keyring.activeKeyId],
        [indexCheck, Buffer.from(sealed).toString('base64')],
      ],
    );
    const rows = await tx.query<{ key: string; value: string }>(
      `/* customers.keyChecks */
      select key, value from installation where key = $1 or starts_with(key, $2) order by key`,
      [INDEX_CHECK, KEY_CHECK],
    );
    for (const { key, value } of rows) {
      if (key === INDEX_CHECK) {
        if (value === indexCheck) continue;
        throw new ConfigError('CONTACT_INDEX_KEY: this is not the key that this database is indexed with');
      }
      const keyId = key.slice(KEY_CHECK.length);
      if (keyring.keyIds.includes(keyId)) checkKey(keyring, keyId, value);
      else if (await isInUse(tx, keyId)) {
        throw new ConfigError(
          `CONTACT_KEYS: contact data is still sealed with key ${keyId}; keep it in the list until c360 keys rotate is through`,
        );
      }
    }
  });
}

function checkKey(keyring: Keyring, keyId: string, value: string): void {
  try {
    keyring.open({ keyId, sealed: Buffer.from(value, 'base64') }, KEY_CHECK);
  } catch (error) {
    throw new ConfigError(`CONTACT_KEYS: key ${keyId} is not the one that this database knows by that id`, {
      cause: error,
    });
  }
}

async function isInUse(db: Database, keyId: string): Promise<boolean> {
  const rows = await db.query(
    `/* customers.keyInUse */ select 1 from customer_contacts where key_id = $1 limit 1`,
    [keyId],
  );
  return rows.length > 0;
}
