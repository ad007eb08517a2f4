/** Writes changed customers back, any number in a constant number of statements. */
import type { Keyring } from '#platform/crypto/keyring.ts';
import type { Database } from '#platform/database/database.ts';
import { deriveId } from '#platform/ids.ts';

import { deleteConflictsOver } from '../conflicts/rows.ts';
import type { ConsentRecord, ContactKind } from '../input.ts';
import { changedConsents, changedContactKinds, hasNewColumns, type Person } from './customer-facts.ts';
import { sealContact } from '../contact-data/sealing.ts';
import { indexTokens } from '../contact-data/search.ts';

/** Writes the changes. @returns ids of the customers who changed */
export async function writePeople(
  db: Database,
  keyring: Keyring,
  people: readonly Person[],
  at: Date,
  identified: ReadonlySet<string>,
): Promise<Set<string>> {
  const withColumns = people.filter(hasNewColumns);
  const withContacts = people.filter((person) => changedContactKinds(person).length > 0);
  const withConsents = people.filter((person) => changedConsents(person).length > 0);
  // Whatever changes of a person, their row says when.
  const touched = new Set([...withColumns, ...withContacts, ...withConsents]);
  for (const person of people) {
    if (identified.has(person.id) || person.removed.length + person.absorbed.length > 0) touched.add(person);
  }
  await writeColumns(db, [...touched], at);
  await writeContacts(db, keyring, withContacts, at);
  const withFewerIdentities = await deleteIdentities(db, people);
  await writeTokens(db, keyring, withContacts);
  await writeConsents(db, withConsents);
  const recorded = await writeHistory(db, people);
  return new Set(
    [...withColumns, ...withContacts, ...withConsents]
      .map((person) => person.id)
      .concat(recorded, withFewerIdentities),
  );
}

async function writeColumns(db: Database, people: readonly Person[], at: Date): Promise<void> {
  if (people.length === 0) return;
  await db.query(
    `/* customers.write */
    insert into customers
      (id, country, language, attributes, created_at, first_seen_at, last_seen_at, updated_at)
    select id, country, language, attributes, created_at, first_seen_at, last_seen_at, $8::timestamptz
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]::jsonb[], $5::timestamptz[], $6::timestamptz[],
      $7::timestamptz[]) as person(id, country, language, attributes, created_at, first_seen_at, last_seen_at)
    on conflict (id) do update set country = excluded.country, language = excluded.language,
      attributes = excluded.attributes, created_at = excluded.created_at, first_seen_at = excluded.first_seen_at,
      last_seen_at = excluded.last_seen_at, updated_at = excluded.updated_at`,
    [
      people.map(({ id }) => id),
      people.map(({ facts }) => facts.country),
      people.map(({ facts }) => facts.language),
      people.map(({ facts }) => JSON.stringify(facts.attributes)),
      people.map(({ facts }) => facts.createdAt.toISOString()),
      people.map(({ facts }) => facts.firstSeenAt?.toISOString() ?? null),
      people.map(({ facts }) => facts.lastSeenAt?.toISOString() ?? null),
      at,
    ],
  );
}

async function writeContacts(
  db: Database,
  keyring: Keyring,
  people: readonly Person[],
  at: Date,
): Promise<void> {
  if (people.length === 0) return;
  await deleteContacts(db, people);
  const rows = people.flatMap((person) =>
    changedContactKinds(person).flatMap((kind) =>
      (person.facts.contacts.get(kind) ?? []).map((contact, position) => ({
        id: person.id,
        kind,
        position,
        hash: contact.hash,
        value: sealContact(keyring, person.id, kind, contact.plain()),
      })),
    ),
  );
  await db.query(
    `/* customers.writeContacts */
    insert into customer_contacts (customer_id, kind, position, key_id, sealed, value_hash, updated_at)
    select customer_id, kind, position, key_id, decode(sealed, 'hex'), decode(hash, 'hex'), $7::timestamptz
    from unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::text[])
      as contact(customer_id, kind, position, key_id, sealed, hash)
    on conflict (customer_id, kind, position) do update set key_id = excluded.key_id, sealed = excluded.sealed,
      value_hash = excluded.value_hash, updated_at = excluded.updated_at`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.kind),
      rows.map((row) => row.position),
      rows.map((row) => row.value.keyId),
      rows.map((row) => Buffer.from(row.value.sealed).toString('hex')),
      rows.map((row) => row.hash),
      at,
    ],
  );
}

/** Deletes the values beyond the remaining ones of a kind. */
async function deleteContacts(db: Database, people: readonly Person[]): Promise<void> {
  const shorter = people.flatMap((person) =>
    changedContactKinds(person).flatMap((kind) => {
      const count = person.facts.contacts.get(kind)?.length ?? 0;
      return count < (person.stored.contacts.get(kind)?.length ?? 0) ? [{ id: person.id, kind, count }] : [];
    }),
  );
  if (shorter.length === 0) return;
  await db.query(
    `/* customers.deleteContacts */
    delete from customer_contacts contact
    using unnest($1::uuid[], $2::text[], $3::smallint[]) as kept(customer_id, kind, count)
    where contact.customer_id = kept.customer_id and contact.kind = kept.kind and contact.position >= kept.count
      and contact.customer_id = any($1::uuid[])`,
    [shorter.map(({ id }) => id), shorter.map(({ kind }) => kind), shorter.map(({ count }) => count)],
  );
}

async function writeTokens(db: Database, keyring: Keyring, people: readonly Person[]): Promise<void> {
  if (people.length === 0) return;
  const plain = (person: Person, kind: ContactKind) =>
    (person.facts.contacts.get(kind) ?? []).map((contact) => contact.plain());
  await db.query(
    `/* customers.writeTokens */
    insert into customer_search (customer_id, tokens)
    select customer_id, tokens::bigint[] from unnest($1::uuid[], $2::text[]) as person(customer_id, tokens)
    on conflict (customer_id) do update set tokens = excluded.tokens`,
    [
      people.map((person) => person.id),
      people.map((person) => {
        const tokens = indexTokens(keyring, {
          names: plain(person, 'name'),
          emails: plain(person, 'email'),
          phones: plain(person, 'phone'),
        });
        return `{${tokens.join(',')}}`;
      }),
    ],
  );
}

/** @returns the customers who lost one */
async function deleteIdentities(db: Database, people: readonly Person[]): Promise<string[]> {
  const rows = people.flatMap(({ id, removed }) => removed.map((identity) => ({ id, ...identity })));
  if (rows.length === 0) return [];
  const deleted = await db.query<{ customerId: string }>(
    `/* customers.deleteIdentities */
    delete from customer_identities identity
    using unnest($1::uuid[], $2::text[], $3::text[]) as removed(customer_id, kind, hash)
    where identity.value_hash = decode(removed.hash, 'hex') and identity.kind = removed.kind
      and identity.customer_id = removed.customer_id
    returning identity.customer_id as "customerId"`,
    [rows.map(({ id }) => id), rows.map(({ kind }) => kind), rows.map(({ hash }) => hash)],
  );
  await deleteConflictsOver(db, rows);
  return deleted.map(({ customerId }) => customerId);
}

interface ConsentRow {
  readonly customerId: string;
  readonly consent: ConsentRecord;
}

function listConsents(people: readonly Person[], of: (person: Person) => ConsentRecord[]): ConsentRow[] {
  return people.flatMap((person) => of(person).map((consent) => ({ customerId: person.id, consent })));
}

async function writeConsents(db: Database, people: readonly Person[]): Promise<void> {
  if (people.length === 0) return;
  await db.query(
    `/* customers.writeConsents */
    insert into consents (customer_id, channel, purpose, status, source, proof, recorded_at)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]::jsonb[],
      $7::timestamptz[])
    on conflict (customer_id, channel, purpose) do update set status = excluded.status, source = excluded.source,
      proof = excluded.proof, recorded_at = excluded.recorded_at`,
    consentColumns(listConsents(people, changedConsents)),
  );
}

/** Ids are derived from the consents, so that a repeated one is stored once. @returns the customers with new history */
async function writeHistory(db: Database, people: readonly Person[]): Promise<string[]> {
  const rows = listConsents(people, (person) => person.recorded);
  if (rows.length === 0) return [];
  const written = await db.query<{ customer_id: string }>(
    `/* customers.writeConsentHistory */
    insert into consent_history (customer_id, channel, purpose, status, source, proof, recorded_at, id)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]::jsonb[],
      $7::timestamptz[], $8::uuid[])
    on conflict do nothing
    returning customer_id`,
    [
      ...consentColumns(rows),
      rows.map(({ consent: { status, source, proof, recordedAt } }) =>
        deriveId(recordedAt.getTime(), status, source, JSON.stringify(proof)),
      ),
    ],
  );
  return written.map((row) => row.customer_id);
}

function consentColumns(rows: readonly ConsentRow[]): unknown[][] {
  return [
    rows.map((row) => row.customerId),
    rows.map(({ consent }) => consent.channel),
    rows.map(({ consent }) => consent.purpose),
    rows.map(({ consent }) => consent.status),
    rows.map(({ consent }) => consent.source),
    rows.map(({ consent }) => (consent.proof === null ? null : JSON.stringify(consent.proof))),
    rows.map(({ consent }) => consent.recordedAt.toISOString()),
  ];
}
