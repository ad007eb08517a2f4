/** Parses names and ids of a file's fields. Pure. */

const DIGIT_0 = 48;
const DIGIT_9 = 57;
const EQUALS = 61;
const APOSTROPHE = 39;

/** Markers of missing values by spreadsheets, databases and data frames. */
const NOTHING: ReadonlySet<string> = new Set([
  '',
  'nan',
  'nat',
  'null',
  '(null)',
  'none',
  'nil',
  'undefined',
  'n/a',
  'n.a.',
  '#n/a',
  '#n/v',
  '<na>',
  'na',
  '#null!',
  '#value!',
  '#ref!',
  '#name?',
  '#div/0!',
  '#num!',
  '\\n',
  '-',
  '--',
  '–',
  '—',
  '?',
]);
/** The subset that cannot be a text: Null is a family name, and NA is Namibia. */
const NOTHING_IN_TEXT: ReadonlySet<string> = new Set([
  'nan',
  'NaN',
  'NULL',
  '#N/A',
  '<NA>',
  '\\N',
  'NaT',
  '(null)',
]);

/** Whether an id, a number, an instant or a choice is missing. */
export function isNothing(text: string): boolean {
  const { length } = text;
  if (length === 0) return true;
  const first = text.charCodeAt(0);
  // For most ids and numbers the length or the first digit decides.
  return length < 10 && (first < DIGIT_0 || first > DIGIT_9) && NOTHING.has(text.toLowerCase());
}

/** Whether a text, such as a name, is missing. */
export function isNothingInText(text: string): boolean {
  return text.length === 0 || (text.length < 7 && NOTHING_IN_TEXT.has(text));
}

/** Trims, and removes the marks by which spreadsheets keep a text a text: `="007"` and `'007`. */
export function trimField(text: string): string {
  const trimmed = text.trim();
  const first = trimmed.charCodeAt(0);
  if (first !== EQUALS && first !== APOSTROPHE) return trimmed;
  if (trimmed.startsWith('="') && trimmed.endsWith('"') && trimmed.length > 2)
    return trimmed.slice(2, -1).trim();
  return /^'[-+=@\d]/.test(trimmed) ? trimmed.slice(1) : trimmed;
}

const WHOLE_WITH_FRACTION = /^-?\d+\.0+$/;

/** An id: empty where missing, and without the `.0` of a numeric column with gaps. */
export function readId(text: string): string {
  const id = trimField(text);
  if (isNothing(id)) return '';
  return id.includes('.') && WHOLE_WITH_FRACTION.test(id) ? id.slice(0, id.indexOf('.')) : id;
}

/** Whether a spreadsheet has written an id such as 447700900123 as 4.477E+11, which loses its digits. */
export function isCutByScientificNotation(id: string): boolean {
  return id.includes('+') && /^\d([.,]\d+)?E\+\d+$/i.test(id);
}

const PLUS = 43;
const MINUS = 45;
const MAX_DIGITS = 9;

/** A whole number of at most nine digits, from `start` to `end` of the text; null where it is not in plain digits. */
export function readInteger(text: string, start = 0, end = text.length): number | null {
  const sign = text.charCodeAt(start);
  const from = sign === MINUS || sign === PLUS ? start + 1 : start;
  if (from >= end || end - from > MAX_DIGITS) return null;
  let value = 0;
  for (let position = from; position < end; position += 1) {
    const digit = text.charCodeAt(position) - DIGIT_0;
    if (!(digit >= 0 && digit <= 9)) return null;
    value = value * 10 + digit;
  }
  return sign === MINUS && value !== 0 ? -value : value;
}

/** A copy to store: a substring would retain the complete chunk of the file. */
export function detach(text: string): string {
  return Buffer.from(text).toString();
}
