/**
 * Placeholder texts for missing identities: two customers with the id `undefined` have nothing in common. The single
 * list for every kind of identity, in mutations and files. IDENTITY_PLACEHOLDERS adds to it.
 */
/* oxlint-disable unicorn/no-useless-spread -- the formatter then keeps the words in rows */
import type { IdentityKind } from '../input.ts';

/** In lower case. Complete values, of any kind of identity. */
const WORDS = [
  ...['undefined', 'null', 'nil', 'none', 'nan', 'n/a', 'na', '#n/a', '#null!', '#ref!', '#value!', '#name?'],
  ...['(null)', '<null>', '\\n', '(none)', '(empty)', '(blank)', 'empty', 'blank', 'void', 'missing'],
  ...['[object object]', '[]', '{}', 'true', 'false', 'inf', '-inf', 'infinity', '-infinity'],
  ...['guest', 'anonymous', 'anon', 'unknown', 'not set', '(not set)', 'not provided', 'not available'],
  ...['not_authenticated', 'unauthenticated', 'no id', 'noid', 'id', 'user_id', 'customer_id', 'distinct_id'],
  ...['tbd', 'xxx', '-1', '?'],
];

/** Local parts of e-mail addresses that identify no customer, with any domain. */
const MAILBOXES = [
  ...['noemail', 'no-email', 'no_email', 'no.email', 'nomail', 'no-mail', 'noaddress', 'none', 'null', 'nil'],
  ...['noreply', 'no-reply', 'no_reply', 'no.reply', 'donotreply', 'do-not-reply', 'do_not_reply'],
  ...['undefined', 'nan', 'na', 'n/a', 'unknown', 'anonymous', 'guest', 'invalid', 'notprovided', 'noone'],
  ...['nobody', 'fake', 'placeholder', 'dummy'],
];

/** Repeated before and after the `@`, as in `test@test.com`. */
const ECHOED = ['test', 'a', 'aa', 'abc', 'asdf', 'x', 'xx', 'xxx', 'email', 'mail', 'example', 'foo', 'no'];

/** Zeros and dashes, as in the nil UUID; the UUID of all ones; any repeated single character. */
const EMPTY_ID = /^(?:[0\-_.\s]*|[fF]{8}(?:-[fF]{4}){3}-[fF]{12}|(?:['"`*]+))$/;
/** One repeated digit, after at most three digits of a country code: `0000000000`, `+44 1111111111`. */
const REPEATED_DIGIT = /^\d{0,3}?(\d)\1{6,}$/;
const COUNTED_DIGITS = /^\+?1?(?:0?123456789\d?|9876543210?)$/;

export type IsPlaceholder = (kind: IdentityKind, text: string) => boolean;

/** @param more further complete values, and e-mail addresses, that identify no customer */
export function createPlaceholders(more: readonly string[]): IsPlaceholder {
  const words = new Set([...WORDS, ...more.map((text) => text.trim().toLowerCase())]);
  const mailboxes = new Set(MAILBOXES);
  const echoed = new Set(ECHOED);

  return (kind, text) => {
    // Longer than any placeholder: bounds the cost for long texts.
    if (text.length > 254) return false;
    const value = unquote(text.trim()).toLowerCase();
    if (words.has(value) || EMPTY_ID.test(value)) return true;
    // Some systems use the e-mail address as their id.
    if (value.includes('@')) return isMailbox(value);
    return kind === 'phone' && isPhone(value);
  };

  function isMailbox(value: string): boolean {
    const at = value.lastIndexOf('@');
    const [mailbox, domain] = [value.slice(0, Math.max(0, at)), value.slice(at + 1)];
    return mailboxes.has(mailbox) || (echoed.has(mailbox) && domain.split('.', 1)[0] === mailbox);
  }
}

function isPhone(value: string): boolean {
  const digits = value.replaceAll(/\D/g, '');
  return REPEATED_DIGIT.test(digits) || COUNTED_DIGITS.test(digits);
}

/** `"null"` is a null that was serialised twice. */
function unquote(text: string): string {
  return /^(['"]).*\1$/.test(text) ? text.slice(1, -1).trim() : text;
}
