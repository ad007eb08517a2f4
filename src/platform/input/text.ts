/** Validation and normalisation of text in input, so that equal values compare equal. */
import { InvalidInputError } from '../errors.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL_OR_LINE_END = /[\u0000-\u001f\u007f-\u009f]/;
/** Soft hyphens, zero-width characters, direction marks, the byte order mark. */
const INVISIBLE = /[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
const PLAIN_KEY = /^[\u0021-\u007e]+$/;

/**
 * Trimmed text in Unicode form NFC, of any number of lines.
 * @throws {InvalidInputError} blank, too long, or with control characters such as NUL, or with a lone surrogate.
 */
export function readText(field: string, text: string, maxLength: number): string {
  checkLength(field, text, maxLength);
  checkCharacters(field, text);
  return checkFilled(field, trimText(text.normalize('NFC')));
}

/**
 * A key such as an order number, a SKU or an external id: Unicode form NFC, trimmed, without invisible characters, and
 * with single spaces. Case is significant.
 * @throws {InvalidInputError} blank, too long, or with control characters, line ends or a lone surrogate.
 */
export function readKey(field: string, text: string, maxLength: number): string {
  checkLength(field, text, maxLength);
  if (PLAIN_KEY.test(text)) return text;
  const trimmed = text.replaceAll(INVISIBLE, '').trim();
  checkCharacters(field, trimmed, CONTROL_OR_LINE_END);
  return checkFilled(field, trimmed.normalize('NFC').replaceAll(/\s+/g, ' '));
}

/** @throws {InvalidInputError} control characters other than tab and line ends, or a lone surrogate. */
export function checkCharacters(field: string, text: string, forbidden: RegExp = CONTROL): void {
  const control = forbidden.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    throw new InvalidInputError(field, `expected text without control characters, got U+${code}`);
  }
  if (!text.isWellFormed()) {
    throw new InvalidInputError(field, 'expected well-formed Unicode, got half a surrogate pair');
  }
}

/** A text for use in an error: at most 80 characters, all of them visible. */
export function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80).toWellFormed());
}

/** First of all checks, since the others scan the text. */
function checkLength(field: string, text: string, maxLength: number): void {
  if (text.length <= maxLength) return;
  throw new InvalidInputError(field, `expected at most ${maxLength} characters, got ${text.length}`);
}

/** Zero-width characters join letters of some scripts and emoji, so they are removed only from the ends. */
function trimText(text: string): string {
  return text.replace(/^[\s\u200b\u2060\ufeff]+/, '').replace(/[\s\u200b\u2060\ufeff]+$/, '');
}

function checkFilled(field: string, text: string): string {
  if (text !== '') return text;
  throw new InvalidInputError(field, 'expected some text, got only white space');
}
