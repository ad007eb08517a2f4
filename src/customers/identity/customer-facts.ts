/** Facts of a customer in memory, and the rules for combining them with input and other customers' facts. */
import { isDeepStrictEqual } from 'node:util';

import type { JsonObject } from '#platform/input/json.ts';

import type {
  ClearableField,
  ConsentRecord,
  ContactKind,
  ContactValue,
  IdentityKind,
  PreparedCustomer,
} from '../input.ts';

export interface PersonFacts {
  country: string | null;
  language: string | null;
  attributes: JsonObject;
  createdAt: Date;
  firstSeenAt: Date | null;
  lastSeenAt: Date | null;
  /** By kind, the preferred one first. */
  contacts: ReadonlyMap<ContactKind, readonly ContactValue[]>;
  /** Current consents, by `consentKey`. */
  consents: ReadonlyMap<string, ConsentRecord>;
}

export interface Person {
  readonly id: string;
  readonly isNew: boolean;
  /** As stored. */
  readonly stored: PersonFacts;
  /** As they will be stored. */
  facts: PersonFacts;
  /** Consents of the input, for the history. */
  readonly recorded: ConsentRecord[];
  /** Identities to remove. */
  readonly removed: { readonly kind: IdentityKind; readonly hash: string }[];
  /** Customers who are merged into this one. */
  readonly absorbed: string[];
}

export function startPerson(id: string, isNew: boolean, stored: PersonFacts): Person {
  return { id, isNew, stored, facts: stored, recorded: [], removed: [], absorbed: [] };
}

export function emptyFacts(createdAt: Date): PersonFacts {
  return {
    country: null,
    language: null,
    attributes: {},
    createdAt,
    firstSeenAt: null,
    lastSeenAt: null,
    contacts: new Map(),
    consents: new Map(),
  };
}

export function consentKey(consent: { readonly channel: string; readonly purpose: string }): string {
  return `${consent.channel} ${consent.purpose}`;
}

/** Values of the input replace stored ones; e-mails and phones that were preferred before stay as further ones. */
export function applyInput(person: Person, input: PreparedCustomer): void {
  clearFields(person, input);
  const { facts } = person;
  person.facts = {
    country: input.country ?? facts.country,
    language: input.language ?? facts.language,
    attributes: patchAttributes(facts.attributes, input.attributes),
    createdAt: earlier(facts.createdAt, input.createdAt) ?? facts.createdAt,
    firstSeenAt: earlier(facts.firstSeenAt, input.firstSeenAt),
    lastSeenAt: later(facts.lastSeenAt, input.lastSeenAt),
    contacts: joinContacts(input.contacts, listContacts(facts), input.otherContacts),
    consents: newestConsents(facts.consents, input.consents),
  };
  person.recorded.push(
    ...input.consents.filter(
      (consent) => !isDeepStrictEqual(person.stored.consents.get(consentKey(consent)), consent),
    ),
  );
}

/** A cleared e-mail or phone no longer identifies the customer, unless the input was matched by it. */
function clearFields(person: Person, { cleared, identities }: PreparedCustomer): void {
  if (cleared.length === 0) return;
  const isCleared = (field: ClearableField) => cleared.includes(field);
  const { facts } = person;
  const given = new Set(identities.map(({ kind, hash }) => `${kind} ${hash}`));
  const lost = listContacts(facts).filter(({ kind }) => isCleared(kind));
  for (const { kind, hash } of lost) {
    if ((kind === 'email' || kind === 'phone') && !given.has(`${kind} ${hash}`)) {
      person.removed.push({ kind, hash });
    }
  }
  person.facts = {
    ...facts,
    country: isCleared('country') ? null : facts.country,
    language: isCleared('language') ? null : facts.language,
    attributes: isCleared('attributes') ? {} : facts.attributes,
    contacts: joinContacts(listContacts(facts).filter(({ kind }) => !isCleared(kind))),
  };
}

/** Removes identities of a customer; e-mails and phones are also removed from their contact data. */
export function removeIdentities(person: Person, removed: Person['removed']): void {
  const keys = new Set(removed.map(({ kind, hash }) => `${kind} ${hash}`));
  person.removed.push(...removed);
  const { facts } = person;
  person.facts = {
    ...facts,
    contacts: joinContacts(listContacts(facts).filter(({ kind, hash }) => !keys.has(`${kind} ${hash}`))),
  };
}

/** Fills missing facts of one customer with those of a merged one. */
export function absorbPerson(person: Person, otherId: string, other: PersonFacts): void {
  const { facts } = person;
  person.facts = {
    country: facts.country ?? other.country,
    language: facts.language ?? other.language,
    attributes: { ...other.attributes, ...facts.attributes },
    createdAt: earlier(facts.createdAt, other.createdAt) ?? facts.createdAt,
    firstSeenAt: earlier(facts.firstSeenAt, other.firstSeenAt),
    lastSeenAt: later(facts.lastSeenAt, other.lastSeenAt),
    contacts: joinContacts(listContacts(facts), listContacts(other)),
    consents: newestConsents(facts.consents, [...other.consents.values()]),
  };
  person.absorbed.push(otherId);
}

/** Whether the columns of `customers` changed. */
export function hasNewColumns(person: Person): boolean {
  return person.isNew || hasNewTraits(person) || changedAttributes(person).length > 0;
}

/** Keys of the attributes that were changed, added or removed. */
export function changedAttributes({ facts, stored }: Person): string[] {
  if (facts.attributes === stored.attributes) return [];
  const keys = new Set([...Object.keys(stored.attributes), ...Object.keys(facts.attributes)]);
  return [...keys].filter((key) => !isDeepStrictEqual(facts.attributes[key], stored.attributes[key]));
}

/** Whether a column of `customers` other than the attributes changed. */
export function hasNewTraits({ facts, stored }: Person): boolean {
  return (
    facts.country !== stored.country ||
    facts.language !== stored.language ||
    facts.createdAt.getTime() !== stored.createdAt.getTime() ||
    facts.firstSeenAt?.getTime() !== stored.firstSeenAt?.getTime() ||
    facts.lastSeenAt?.getTime() !== stored.lastSeenAt?.getTime()
  );
}

/** Kinds of contact data whose values, or their order, changed. */
export function changedContactKinds({ facts, stored }: Person): ContactKind[] {
  return [...new Set([...facts.contacts.keys(), ...stored.contacts.keys()])].filter((kind) => {
    const values = facts.contacts.get(kind) ?? [];
    const before = stored.contacts.get(kind) ?? [];
    return (
      values.length !== before.length || values.some((value, index) => value.hash !== before[index]!.hash)
    );
  });
}

export function changedConsents({ facts, stored }: Person): ConsentRecord[] {
  return [...facts.consents].flatMap(([key, consent]) =>
    isDeepStrictEqual(consent, stored.consents.get(key)) ? [] : [consent],
  );
}

function patchAttributes(attributes: JsonObject, patch: JsonObject): JsonObject {
  const entries = Object.entries({ ...attributes, ...patch });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

function listContacts(facts: PersonFacts): ContactValue[] {
  return [...facts.contacts.values()].flat();
}

/**
 * Contact data by kind, without duplicates. A customer has one name and one address, and any number of e-mails and
 * phones.
 */
function joinContacts(...preferredFirst: (readonly ContactValue[])[]): PersonFacts['contacts'] {
  const joined = new Map<ContactKind, ContactValue[]>();
  for (const contact of preferredFirst.flat()) {
    const values = joined.get(contact.kind);
    if (values === undefined) joined.set(contact.kind, [contact]);
    else if (isMany(contact.kind) && values.every((value) => value.hash !== contact.hash))
      values.push(contact);
  }
  return joined;
}

function isMany(kind: ContactKind): boolean {
  return kind === 'email' || kind === 'phone';
}

function newestConsents(
  current: PersonFacts['consents'],
  records: readonly ConsentRecord[],
): PersonFacts['consents'] {
  if (records.length === 0) return current;
  const consents = new Map(current);
  for (const record of records) {
    const before = consents.get(consentKey(record));
    if (before === undefined || isNewer(record, before)) consents.set(consentKey(record), record);
  }
  return consents;
}

/** At the same instant a denial wins, so that the order of the input has no effect. */
function isNewer(record: ConsentRecord, before: ConsentRecord): boolean {
  const difference = record.recordedAt.getTime() - before.recordedAt.getTime();
  return difference > 0 || (difference === 0 && record.status === 'denied' && before.status === 'granted');
}

function earlier(one: Date | null, other: Date | null): Date | null {
  return one !== null && (other === null || one <= other) ? one : other;
}

function later(one: Date | null, other: Date | null): Date | null {
  return one !== null && (other === null || one >= other) ? one : other;
}
