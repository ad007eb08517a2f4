/**
 * Search over sealed names, e-mails and phones, by keyed tokens of their prefixes. Stores no plain text.
 *
 * It finds, ignoring case and accents, customers for whom every part of the text is one of
 * - a prefix, from 2 letters, of a word of the name or of the e-mail's part before the `@` (words are compared by
 *   their first 10 letters);
 * - a complete e-mail address;
 * - a prefix, from 2 letters, of an e-mail's domain, written `@exam` or `ann@exam` (compared by its first 12);
 * - the last 4 to 10 digits of a phone number, ignoring spaces and a leading 0 or country code.
 *
 * A caller without `pii:read` can only search by a complete e-mail, phone number with its country code, or name:
 * prefixes would reveal masked values letter by letter.
 *
 * It cannot find the middle or the end of a word, a misspelt word, a part of an address, or external ids. A name is
 * indexed by its first 10 words. A reader of the table without the key sees which customers share a prefix.
 */
import type { Keyring } from '#platform/crypto/keyring.ts';

import { normaliseEmail, normalisePhone } from '../normalise.ts';

const MIN_PREFIX = 2;
const MAX_WORD_PREFIX = 10;
const MAX_DOMAIN_PREFIX = 12;
const MIN_DIGITS = 4;
const MAX_DIGITS = 10;
const MAX_WORDS = 10;
const PHONE_LIKE = /^[+\d\s()./-]+$/;

export interface SearchableContacts {
  readonly names: readonly string[];
  readonly emails: readonly string[];
  readonly phones: readonly string[];
}

/** Search tokens of these contact data: distinct, ascending as text. */
export function indexTokens(keyring: Keyring, contacts: SearchableContacts): string[] {
  const terms = new Set<string>();
  for (const name of contacts.names) {
    addWords(terms, name);
    terms.add(wholeName(name));
  }
  for (const email of contacts.emails) {
    const [local, domain] = email.split('@') as [string, string];
    terms.add(`email ${email}`);
    addWords(terms, local);
    for (const prefix of prefixes(domain, MAX_DOMAIN_PREFIX)) terms.add(`domain ${prefix}`);
  }
  for (const phone of contacts.phones) {
    const digits = phone.replaceAll(/\D/g, '');
    terms.add(`phone ${digits}`);
    for (let count = MIN_DIGITS; count <= Math.min(MAX_DIGITS, digits.length); count += 1) {
      terms.add(`digits ${digits.slice(-count)}`);
    }
  }
  return [...terms].map((term) => keyring.searchToken(term)).toSorted();
}

/** Tokens that a customer must have, all of them; null where the text has no searchable term. */
export function searchTokens(keyring: Keyring, text: string): string[] | null {
  const terms = PHONE_LIKE.test(text) ? digitTerms(text) : text.trim().split(/\s+/).flatMap(partTerms);
  if (terms.length === 0) return null;
  return [...new Set(terms)].slice(0, MAX_WORDS).map((term) => keyring.searchToken(term));
}

/** Tokens for a caller without `pii:read`, of one complete value; null where the text has no searchable term. */
export function wholeValueTokens(keyring: Keyring, text: string): string[] | null {
  if (splitWords(text).length === 0) return null;
  return [keyring.searchToken(wholeValueTerm(text))];
}

function wholeValueTerm(text: string): string {
  try {
    if (text.includes('@')) return `email ${normaliseEmail('search', text)}`;
    if (PHONE_LIKE.test(text)) return `phone ${normalisePhone('search', text, null).replaceAll(/\D/g, '')}`;
  } catch {
    // An incomplete value: at most a name.
  }
  return wholeName(text);
}

function wholeName(name: string): string {
  return `name ${splitWords(name).join(' ')}`;
}

/** Condition on `customers c`. @param parameter placeholder of the tokens, such as `$3`. */
export function searchCondition(parameter: string): string {
  return `c.id in (select found.customer_id from customer_search found where found.tokens @> ${parameter}::bigint[])`;
}

function digitTerms(text: string): string[] {
  const digits = text.replaceAll(/\D/g, '').replace(/^0+/, '');
  return digits.length < MIN_DIGITS ? [] : [`digits ${digits.slice(-MAX_DIGITS)}`];
}

function partTerms(part: string): string[] {
  const at = part.lastIndexOf('@');
  if (at === -1) return wordTerms(part);
  try {
    return [`email ${normaliseEmail('search', part)}`];
  } catch {
    const domain = part.slice(at + 1).toLowerCase();
    const hasDomain = domain.length >= MIN_PREFIX;
    return [
      ...wordTerms(part.slice(0, at)),
      ...(hasDomain ? [`domain ${domain.slice(0, MAX_DOMAIN_PREFIX)}`] : []),
    ];
  }
}

function wordTerms(text: string): string[] {
  return splitWords(text).map((word) => `word ${word.slice(0, MAX_WORD_PREFIX)}`);
}

function addWords(terms: Set<string>, text: string): void {
  for (const word of splitWords(text).slice(0, MAX_WORDS)) {
    for (const prefix of prefixes(word, MAX_WORD_PREFIX)) terms.add(`word ${prefix}`);
  }
}

function prefixes(word: string, maxLength: number): string[] {
  const result: string[] = [];
  // A word of one letter must match completely.
  for (
    let length = Math.min(MIN_PREFIX, word.length);
    length <= Math.min(maxLength, word.length);
    length += 1
  ) {
    result.push(word.slice(0, length));
  }
  return result;
}

/** Words of letters and digits in lower case without accents. */
function splitWords(text: string): string[] {
  const folded = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return folded.match(/[\p{L}\p{N}]+/gu) ?? [];
}
