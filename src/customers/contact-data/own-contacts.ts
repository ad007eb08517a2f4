/** Finds and removes the known contact data of one customer in texts about them. Reads no row. */
import { cutContacts, EMAIL_CUT, NAME_CUT, PHONE_CUT } from './contact-text.ts';
import type { ContactKind } from '../input.ts';

const ADDRESS_CUT = '[address]';
const MIN_PHONE_DIGITS = 7;
const DIGITS = /\d(?:[\s\-./()]{0,3}\d){6,}/g;

/** Removes contact data of any form, and these values also where no form reveals them, such as a name or an id. */
export function createOwnContactCut(
  contacts: readonly { readonly kind: ContactKind; readonly value: string }[],
): (text: string) => string {
  const valuesOf = (kind: ContactKind) =>
    contacts.filter((contact) => contact.kind === kind).map(({ value }) => value);
  const locals = new Set(valuesOf('email').map((email) => fold(email.slice(0, email.lastIndexOf('@')))));
  const phones = valuesOf('phone').map((phone) => phone.replaceAll(/\D/g, ''));
  const names = valuesOf('name').map(fold);
  const nameWords = new Set(names.flatMap((name) => name.split(' ')));
  // A line with a number identifies a house; the name of a town does not.
  const addresses = valuesOf('address')
    .flatMap((address) => address.split('\n').map(fold))
    .filter((line) => isTelling(line) && /\d/.test(line));

  return (text) => {
    const cut = cutContacts(text);
    const folded = fold(cut);
    if (folded === '') return cut;
    if (locals.has(folded)) return EMAIL_CUT;
    if (addresses.some((line) => holds(folded, line))) return ADDRESS_CUT;
    const isOfName = folded.split(' ').every((word) => nameWords.has(word));
    if (isOfName || names.some((name) => isTelling(name) && holds(folded, name))) return NAME_CUT;
    return cut.replaceAll(DIGITS, (number) => (isOneOf(phones, number) ? PHONE_CUT : number));
  };
}

/** With or without country code and trunk prefix. */
function isOneOf(phones: readonly string[], number: string): boolean {
  const digits = number.replaceAll(/\D/g, '').replace(/^0+/, '');
  return digits.length >= MIN_PHONE_DIGITS && phones.some((phone) => phone.endsWith(digits));
}

/** Words in lower case without accents, separated by single spaces. */
function fold(text: string): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
}

/** As words: `Ann Lee` is not in `Hann Leeds`. */
function holds(text: string, part: string): boolean {
  return ` ${text} `.includes(` ${part} `);
}

function isTelling(text: string): boolean {
  return text.length >= 5;
}
