/** One form for each kind of value, so that equal things compare equal. Touches no database. */
import { domainToASCII } from 'node:url';

import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

import { InvalidInputError } from '#platform/errors.ts';

export type JsonObject = { readonly [key: string]: unknown };

const MAX_EMAIL_LENGTH = 254;
const MAX_PHONE_LENGTH = 40;
const MAX_JSON_DEPTH = 20;
const EMAIL = /^([^\s@"(),:;<>[\]\\]{1,64})@([^\s@"(),:;<>[\]\\]+)$/u;
const DOMAIN = /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/**
 * Trimmed text in Unicode form NFC.
 * @throws {InvalidInputError} blank, too long, or holding control characters such as NUL, or half a surrogate pair.
 */
export function readText(field: string, text: string, maxLength: number): string {
  // Length first: nothing else should walk a megabyte.
  if (text.length > maxLength) {
    throw new InvalidInputError(field, `expected at most ${maxLength} characters, got ${text.length}`);
  }
  checkCharacters(field, text);
  const trimmed = text.normalize('NFC').trim();
  if (trimmed === '') throw new InvalidInputError(field, 'expected some text, got only white space');
  return trimmed;
}

function checkCharacters(field: string, text: string): void {
  const control = CONTROL.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    throw new InvalidInputError(field, `expected text without control characters, got U+${code}`);
  }
  if (!text.isWellFormed()) {
    throw new InvalidInputError(field, 'expected well-formed Unicode, got half a surrogate pair');
  }
}

/** Lower case, NFC, the domain in its ASCII form. @throws {InvalidInputError} */
export function normaliseEmail(field: string, text: string): string {
  const parts = EMAIL.exec(readText(field, text, MAX_EMAIL_LENGTH).toLowerCase());
  const domain = parts === null ? '' : domainToASCII(parts[2]!);
  // The address itself is contact data and stays out of the message.
  if (!DOMAIN.test(domain)) {
    throw new InvalidInputError(field, 'expected an e-mail address such as ann@example.com');
  }
  return `${parts![1]}@${domain}`;
}

/** E.164, as in `+442079460018`. @throws {InvalidInputError} */
export function normalisePhone(field: string, text: string, country: string | null): string {
  const region = country !== null && isSupportedCountry(country) ? country : undefined;
  const phone = parsePhoneNumberFromString(readText(field, text, MAX_PHONE_LENGTH), {
    ...(region === undefined ? {} : { defaultCountry: region }),
    extract: false,
  });
  if (phone?.isPossible()) return phone.number;
  throw new InvalidInputError(
    field,
    region === undefined
      ? 'expected an international phone number such as +44 20 7946 0018'
      : `expected a phone number of ${region} or an international one such as +44 20 7946 0018`,
  );
}

/** Two letters become an upper-case ISO 3166-1 code; anything else stays the source's word. @throws {InvalidInputError} */
export function normaliseCountry(field: string, text: string): string {
  const country = readText(field, text, 100);
  return /^[a-z]{2}$/i.test(country) ? country.toUpperCase() : country;
}

/** A canonical BCP 47 tag: `en_gb` is `en-GB`. @throws {InvalidInputError} */
export function normaliseLanguage(field: string, text: string): string {
  const tag = readText(field, text, 35).replaceAll('_', '-');
  try {
    return Intl.getCanonicalLocales(tag)[0]!;
  } catch {
    throw new InvalidInputError(field, 'expected a BCP 47 language tag such as en or pt-BR');
  }
}

/** A JSON object as the database will give it back. @throws {InvalidInputError} */
export function readJsonObject(
  field: string,
  value: Readonly<Record<string, unknown>>,
  maxBytes: number,
): JsonObject {
  checkJson(field, value, 0);
  const text = JSON.stringify(value);
  const object: unknown = JSON.parse(text);
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw new InvalidInputError(field, 'expected a JSON object');
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new InvalidInputError(field, `expected at most ${maxBytes} bytes of JSON, got ${bytes}`);
  }
  return object as JsonObject;
}

function checkJson(field: string, value: unknown, depth: number): void {
  if (depth > MAX_JSON_DEPTH) {
    throw new InvalidInputError(field, `expected JSON nested at most ${MAX_JSON_DEPTH} deep`);
  }
  if (typeof value === 'string') return checkCharacters(field, value);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    checkCharacters(field, key);
    checkJson(field, part, depth + 1);
  }
}
