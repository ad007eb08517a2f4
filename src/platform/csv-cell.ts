/** One value as a cell of a CSV file (RFC 4180) that is safe to open in a spreadsheet. */

/** Prefixes that a spreadsheet takes for a formula, also after white space and in full-width form. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORMULA = /^[\s\u0000-\u001f]*[=+\-@＝＋－＠]|^[\t\r\n]/;
/** Numbers and phone numbers, plain or masked, are safe as formulas. */
const NUMBER = /^[+-]?\d[\d. …]*$/;

/** Prefixes a possible formula with an apostrophe; quotes the cell where the format requires it. */
export function toCsvCell(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
