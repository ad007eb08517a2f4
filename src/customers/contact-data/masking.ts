/**
 * Masked contact data for callers without `pii:read`: enough to distinguish customers in a list, not to contact them.
 */
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** Initials: `Ann Lee` is `A. L.`. */
export function maskName(name: string): string {
  const words = name.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu) ?? [];
  return words.length === 0 ? '…' : words.map((word) => `${firstCharacter(word).toUpperCase()}.`).join(' ');
}

/** First characters: `bob@example.com` is `b…@e…`. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return `${firstCharacter(email)}…@${firstCharacter(email.slice(at + 1))}…`;
}

/** Country code and last two digits: `+442079460018` is `+44 … 18`. */
export function maskPhone(phone: string): string {
  const countryCode = parsePhoneNumberFromString(phone)?.countryCallingCode;
  return `${countryCode === undefined ? '' : `+${countryCode} `}… ${phone.slice(-2)}`;
}

/** A complete character: half of a surrogate pair is not valid text. */
function firstCharacter(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0x2026);
}
