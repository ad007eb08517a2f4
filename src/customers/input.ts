/** Validation and normalisation of customer input. */
import { InvalidInputError } from '#platform/errors.ts';
import type { Keyring } from '#platform/crypto/keyring.ts';

import { readCountry } from '#platform/input/countries.ts';
import { readPastInstant } from '#platform/input/instants.ts';
import { type JsonObject, readJsonObject } from '#platform/input/json.ts';
import { readKey, readText } from '#platform/input/text.ts';

import type { IdentityPolicy } from './identity/identity-policy.ts';
import { holdsContacts } from './contact-data/contact-text.ts';
import { normaliseEmail, normaliseLanguage, normalisePhone } from './normalise.ts';

export type IdentityKind = 'email' | 'phone' | 'external' | 'anonymous';
export type ContactKind = 'name' | 'email' | 'phone' | 'address';

export interface IdentityInput {
  readonly kind: IdentityKind;
  readonly value: string;
  /** System that issued an external id; required for those, ignored for the other kinds. */
  readonly source?: string | null | undefined;
}

export interface ConsentInput {
  /** Such as `email`, `sms`, `push`, `post`. */
  readonly channel: string;
  /** Purpose of processing, such as `marketing`. */
  readonly purpose: string;
  readonly status: 'granted' | 'denied';
  /** Source of the decision. */
  readonly source: string;
  readonly recordedAt: Date;
  /** Evidence: a form version, a double opt-in id. */
  readonly proof?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * A missing field stays unchanged. Null clears a name, e-mail, phone, address, country, language or all attributes;
 * elsewhere it means missing. `email` and `phone` are both contact data and identities.
 */
export interface CustomerInput {
  readonly identities: readonly IdentityInput[];
  readonly name?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly address?: string | null | undefined;
  readonly country?: string | null | undefined;
  readonly language?: string | null | undefined;
  /** Set key by key; null removes a key. */
  readonly attributes?: Readonly<Record<string, unknown>> | null | undefined;
  readonly createdAt?: Date | null | undefined;
  readonly firstSeenAt?: Date | null | undefined;
  readonly lastSeenAt?: Date | null | undefined;
  readonly consents?: readonly ConsentInput[] | null | undefined;
}

export interface IdentityKey {
  /** Keyed hash, hexadecimal. */
  readonly hash: string;
  readonly kind: IdentityKind;
  readonly source: string;
  /** Null where the id is contact data. */
  readonly value: string | null;
}

/** A contact value and its keyed hash, hexadecimal. */
export interface ContactValue {
  readonly kind: ContactKind;
  readonly hash: string;
  readonly plain: () => string;
}

export interface ConsentRecord {
  readonly channel: string;
  readonly purpose: string;
  readonly status: 'granted' | 'denied';
  readonly source: string;
  readonly recordedAt: Date;
  readonly proof: JsonObject | null;
}

/** A placeholder in place of an identity, which was skipped. */
export interface IgnoredIdentity {
  readonly field: string;
  readonly kind: IdentityKind;
}

export type ClearableField = ContactKind | 'country' | 'language' | 'attributes';
const CLEARABLE = ['name', 'email', 'phone', 'address', 'country', 'language', 'attributes'] as const;

export interface PreparedCustomer {
  readonly identities: readonly IdentityKey[];
  readonly ignored: readonly IgnoredIdentity[];
  /** Cleared before the rest is written. */
  readonly cleared: readonly ClearableField[];
  /** Contact data to prefer over stored values. */
  readonly contacts: readonly ContactValue[];
  /** E-mails and phones given only as identities: stored, but not preferred. */
  readonly otherContacts: readonly ContactValue[];
  readonly country: string | null;
  readonly language: string | null;
  readonly attributes: JsonObject;
  readonly createdAt: Date | null;
  readonly firstSeenAt: Date | null;
  readonly lastSeenAt: Date | null;
  readonly consents: readonly ConsentRecord[];
}

/** Without any fact: changes of a single fact are based on it. */
export const emptyInput: PreparedCustomer = {
  identities: [],
  ignored: [],
  cleared: [],
  contacts: [],
  otherContacts: [],
  country: null,
  language: null,
  attributes: {},
  createdAt: null,
  firstSeenAt: null,
  lastSeenAt: null,
  consents: [],
};

const MAX_IDENTITIES = 100;
const MAX_CONSENTS = 100;
const MAX_ATTRIBUTES_BYTES = 65_536;
const MAX_PROOF_BYTES = 16_384;
const NAME = /^[a-z0-9][a-z0-9_.-]{0,49}$/;

interface PrepareOptions {
  readonly policy: Pick<IdentityPolicy, 'isPlaceholder'>;
  /** Upper bound of all times in the input. */
  readonly now: Date;
}

/**
 * @param now upper bound of all times
 * @param path prefix of the field names in errors, such as `inputs.3.`
 * @throws {InvalidInputError} naming the first invalid field.
 */
export function prepareCustomer(
  input: CustomerInput,
  keyring: Keyring,
  { policy: { isPlaceholder }, now }: PrepareOptions,
  path = '',
): PreparedCustomer {
  const country = input.country == null ? null : readCountry(`${path}country`, input.country);
  const contacts: ContactValue[] = [];
  const otherContacts: ContactValue[] = [];
  const identities = new Map<string, IdentityKey>();
  const ignored: IgnoredIdentity[] = [];
  const addIdentity = (identity: IdentityInput, fields: IdentityFields, target: ContactValue[]) => {
    if (isPlaceholder(identity.kind, identity.value)) {
      ignored.push({ field: fields.value, kind: identity.kind });
      return;
    }
    const { key, contact } = readIdentity(identity, fields, keyring, country);
    identities.set(`${key.kind} ${key.hash}`, key);
    if (contact !== null) target.push(contact);
  };

  for (const [kind, maxLength] of [
    ['name', 200],
    ['address', 1000],
  ] as const) {
    const text = input[kind];
    if (text == null) continue;
    const value = readText(`${path}${kind}`, text, maxLength);
    contacts.push(createContact(kind, value, keyring));
  }
  for (const kind of ['email', 'phone'] as const) {
    const value = input[kind];
    if (value != null) addIdentity({ kind, value }, { value: `${path}${kind}` }, contacts);
  }
  checkIdentityCount(input.identities, path);
  for (const [index, identity] of input.identities.entries()) {
    const field = `${path}identities.${index}`;
    addIdentity(identity, { value: `${field}.value`, source: `${field}.source` }, otherContacts);
  }
  if (identities.size === 0 && ignored.length > 0) throw placeholderError(ignored[0]!.field);
  if (identities.size === 0) {
    throw new InvalidInputError(`${path}identities`, 'expected at least one identity, e-mail or phone');
  }

  const past = (field: 'createdAt' | 'firstSeenAt' | 'lastSeenAt') =>
    input[field] == null ? null : readPastInstant(`${path}${field}`, input[field], now);
  return {
    identities: [...identities.values()],
    ignored,
    cleared: CLEARABLE.filter((field) => input[field] === null),
    contacts,
    otherContacts,
    country,
    language: input.language == null ? null : normaliseLanguage(`${path}language`, input.language),
    attributes: input.attributes == null ? {} : readAttributes(`${path}attributes`, input.attributes),
    createdAt: past('createdAt'),
    firstSeenAt: past('firstSeenAt'),
    lastSeenAt: past('lastSeenAt'),
    consents: readConsents(input.consents ?? [], now, path),
  };
}

/** The input has no other identity. */
export function placeholderError(field: string): InvalidInputError {
  return new InvalidInputError(
    field,
    'expected something that identifies one person, got a placeholder such as undefined, N/A or 0000000000',
  );
}

interface Identified {
  readonly key: IdentityKey;
  /** The value as contact data, where it is some. */
  readonly contact: ContactValue | null;
}

/** Names of the input's fields, for errors. */
interface IdentityFields {
  readonly value: string;
  readonly source?: string;
}

/**
 * @param country default region of a phone number without its country code
 * @throws {InvalidInputError}
 */
export function readIdentity(
  { kind, value: text, source: issuer }: IdentityInput,
  fields: IdentityFields,
  keyring: Keyring,
  country: string | null,
): Identified {
  if (kind === 'email' || kind === 'phone') {
    const value =
      kind === 'email' ? normaliseEmail(fields.value, text) : normalisePhone(fields.value, text, country);
    const contact = createContact(kind, value, keyring);
    return { key: { hash: contact.hash, kind, source: '', value: null }, contact };
  }
  const value = readKey(fields.value, text, 200);
  const source = kind === 'external' ? readSource(fields.source ?? 'source', issuer) : '';
  const hash = keyring.hash(kind, `${source}\u0000${value}`).toString('hex');
  // Some systems use the e-mail or the phone as customer number: it is then contact data, and only its hash is stored.
  return {
    key: { hash, kind, source, value: value.includes('@') || holdsContacts(value) ? null : value },
    contact: null,
  };
}

/** Keys of identities under `identities` of an input. @throws {InvalidInputError} */
export function readIdentityList(identities: readonly IdentityInput[], keyring: Keyring): IdentityKey[] {
  checkIdentityCount(identities, '');
  return identities.map((identity, index) => {
    const field = `identities.${index}`;
    return readIdentity(identity, { value: `${field}.value`, source: `${field}.source` }, keyring, null).key;
  });
}

function checkIdentityCount(identities: readonly IdentityInput[], path: string): void {
  if (identities.length <= MAX_IDENTITIES) return;
  throw new InvalidInputError(`${path}identities`, `expected at most ${MAX_IDENTITIES} identities`);
}

function readSource(field: string, source: string | null | undefined): string {
  if (source != null) return readKey(field, source, 100);
  throw new InvalidInputError(field, 'expected the system that issued the external id');
}

function createContact(kind: ContactKind, value: string, keyring: Keyring): ContactValue {
  return { kind, hash: keyring.hash(kind, value).toString('hex'), plain: () => value };
}

function readConsents(consents: readonly ConsentInput[], now: Date, path: string): ConsentRecord[] {
  if (consents.length > MAX_CONSENTS) {
    throw new InvalidInputError(`${path}consents`, `expected at most ${MAX_CONSENTS} consents`);
  }
  return consents.map((consent, index) => readConsent(consent, now, `${path}consents.${index}.`));
}

/** @throws {InvalidInputError} */
export function readAttributes(field: string, attributes: Readonly<Record<string, unknown>>): JsonObject {
  return readJsonObject(field, attributes, MAX_ATTRIBUTES_BYTES);
}

/** @throws {InvalidInputError} */
export function readConsent(consent: ConsentInput, now: Date, path: string): ConsentRecord {
  return {
    channel: readName(`${path}channel`, consent.channel),
    purpose: readName(`${path}purpose`, consent.purpose),
    status: consent.status,
    source: readText(`${path}source`, consent.source, 100),
    recordedAt: readPastInstant(`${path}recordedAt`, consent.recordedAt, now),
    proof: consent.proof == null ? null : readJsonObject(`${path}proof`, consent.proof, MAX_PROOF_BYTES),
  };
}

/** A channel or purpose in lower case, so that `EMAIL` of a campaign equals `email`. */
function readName(field: string, text: string): string {
  const name = text.trim().toLowerCase();
  if (NAME.test(name)) return name;
  throw new InvalidInputError(
    field,
    'expected 1 to 50 letters of a-z, digits, underscore, point or hyphen, such as email or marketing',
  );
}
