/** Reads and locks customers for a change. Writes nothing. */
import type { Keyring } from '#platform/crypto/keyring.ts';
import type { Database } from '#platform/database/database.ts';
import type { JsonObject } from '#platform/input/json.ts';

import type { ConsentRecord, ContactValue } from '../input.ts';
import { consentKey, type PersonFacts } from './customer-facts.ts';
import {
  type ConsentRow,
  type CustomerRow,
  readConsents,
  readSealedContacts,
  type SealedContactRow,
} from '../queries.ts';
import { openContact } from '../contact-data/sealing.ts';

export interface LockedCustomer extends CustomerRow {
  readonly mergedIntoId: string | null;
  readonly erasedAt: Date | null;
}

/** Locks these customers against other changes until the transaction ends, in the order of their ids. */
export async function lockCustomers(db: Database, ids: readonly string[]): Promise<LockedCustomer[]> {
  if (ids.length === 0) return [];
  return db.query(
    `/* customers.lock */
    select id, country, language, attributes::text, created_at as "createdAt", updated_at as "updatedAt", first_seen_at as "firstSeenAt",
      last_seen_at as "lastSeenAt", merged_into_id as "mergedIntoId", erased_at as "erasedAt"
    from customers where id = any($1::uuid[]) order by id for no key update`,
    [ids],
  );
}

/** The stored facts of locked customers, by id. */
export async function readFacts(
  db: Database,
  keyring: Keyring,
  rows: readonly CustomerRow[],
): Promise<Map<string, PersonFacts>> {
  if (rows.length === 0) return new Map();
  const ids = rows.map((row) => row.id);
  const contacts = Map.groupBy(await readSealedContacts(db, ids), (row) => row.customerId);
  const consents = Map.groupBy(await readConsents(db, ids), (row) => row.customerId);
  return new Map(
    rows.map((row) => {
      const values = (contacts.get(row.id) ?? []).map((contact) => toContactValue(keyring, contact));
      const records = (consents.get(row.id) ?? []).map(toConsentRecord);
      const facts: PersonFacts = {
        country: row.country,
        language: row.language,
        attributes: JSON.parse(row.attributes) as JsonObject,
        createdAt: row.createdAt,
        firstSeenAt: row.firstSeenAt,
        lastSeenAt: row.lastSeenAt,
        contacts: Map.groupBy(values, (value) => value.kind),
        consents: new Map(records.map((record) => [consentKey(record), record])),
      };
      return [row.id, facts];
    }),
  );
}

/** Decrypted only if it must be written again. */
function toContactValue(keyring: Keyring, row: SealedContactRow): ContactValue {
  return { kind: row.kind, hash: row.hash, plain: () => openContact(keyring, row) };
}

/** Without the customer, for comparison with the input. */
function toConsentRecord({ channel, purpose, status, source, recordedAt, proof }: ConsentRow): ConsentRecord {
  return { channel, purpose, status, source, recordedAt, proof };
}
