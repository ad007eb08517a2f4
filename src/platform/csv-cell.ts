/** One value as a cell of a CSV file (RFC 4180) that people open in a spreadsheet. */

/** What begins like this is a formula to a spreadsheet, also after blanks and in full-width form. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORMULA = /^[\s\u0000-\u001f]*[=+\-@＝＋－＠]|^[\t\r\n]/;
/** Numbers, and phone numbers whole or masked, compute nothing. */
const NUMBER = /^[+-]?\d[\d. …]*$/;

/** An apostrophe stands before what would run as a formula; quoted where the format asks for it. */
export function toCsvCell(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
