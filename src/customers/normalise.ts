/** Normal form of each kind of value, so that equal values compare equal. */
import { domainToASCII } from 'node:url';

import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

import { InvalidInputError } from '#platform/errors.ts';
import { readKey } from '#platform/input/text.ts';

const MAX_EMAIL_LENGTH = 254;
const MAX_PHONE_LENGTH = 40;
const EMAIL = /^([^\s@"(),:;<>[\]\\]{1,64})@([^\s@"(),:;<>[\]\\]+)$/u;
const DOMAIN = /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/;

/** Lower case, NFC, the domain in its ASCII form. @throws {InvalidInputError} */
export function normaliseEmail(field: string, text: string): string {
  const parts = EMAIL.exec(readKey(field, text, MAX_EMAIL_LENGTH).toLowerCase());
  const domain = parts === null ? '' : domainToASCII(parts[2]!);
  // The address itself is contact data and not part of the message.
  if (!DOMAIN.test(domain)) {
    throw new InvalidInputError(field, 'expected an e-mail address such as ann@example.com');
  }
  return `${parts![1]}@${domain}`;
}

/**
 * E.164, as in `+442079460018`.
 * @param country alpha-2 code of a number without its country code
 * @throws {InvalidInputError}
 */
export function normalisePhone(field: string, text: string, country: string | null): string {
  const region = country !== null && isSupportedCountry(country) ? country : undefined;
  const phone = parsePhoneNumberFromString(readKey(field, text, MAX_PHONE_LENGTH), {
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

/** A canonical BCP 47 tag: `en_gb` is `en-GB`. @throws {InvalidInputError} */
export function normaliseLanguage(field: string, text: string): string {
  const tag = readKey(field, text, 35).replaceAll('_', '-');
  try {
    return Intl.getCanonicalLocales(tag)[0]!;
  } catch {
    throw new InvalidInputError(field, 'expected a BCP 47 language tag such as en or pt-BR');
  }
}
