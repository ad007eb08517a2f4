/** Parses a record of delimited text that contains a quote, character by character. Pure. */

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;

interface QuotedRecord {
  readonly fields: readonly string[];
  readonly problem: string | null;
  /** Index of the next record. */
  readonly end: number;
  readonly lineCount: number;
  /** Lines of the quoted field at the end of the record, and the line that opens it, from 0. */
  readonly quotedLineCount: number;
  readonly quoteLine: number;
  readonly isClosed: boolean;
}

/** A record with a quote in it, character by character; null where the text ends before it does. */
export function readQuoted(
  text: string,
  start: number,
  isEnd: boolean,
  { delimiter, newline }: { readonly delimiter: number; readonly newline: number },
): QuotedRecord | null {
  const fields: string[] = [];
  let position = start;
  let lineCount = 1;
  let quotedLineCount = 1;
  let quoteLine = 0;
  let isClosed = true;
  const finish = (end: number, problem: string | null = null): QuotedRecord => ({
    fields,
    problem,
    end,
    lineCount,
    quotedLineCount,
    quoteLine,
    isClosed,
  });
  /** Abandons the record and continues with the next line. */
  const readBroken = (): QuotedRecord | null => {
    const lineEnd = text.indexOf(String.fromCharCode(newline), position);
    if (lineEnd === -1 && !isEnd) return null;
    return finish(
      lineEnd === -1 ? text.length : lineEnd + 1,
      'a quote (") stands inside an unquoted field, or text follows a closing one',
    );
  };
  for (;;) {
    if (text.charCodeAt(position) === QUOTE) {
      const close = findClosingQuote(text, position + 1);
      // A quote at the end of the text may be the first of a doubled one.
      if ((close === -1 || close + 1 === text.length) && !isEnd) return null;
      const inner = text.slice(position + 1, close === -1 ? text.length : close);
      quoteLine = lineCount - 1;
      quotedLineCount = 1 + countLineBreaks(inner, newline);
      lineCount += quotedLineCount - 1;
      if (close === -1) {
        isClosed = false;
        // The last line break ends the file and is not a line of the quoted text.
        if (inner.charCodeAt(inner.length - 1) === newline) lineCount -= 1;
        return finish(text.length, 'a quote (") is not closed');
      }
      fields.push(inner.includes('"') ? inner.replaceAll('""', '"') : inner);
      position = close + 1;
    } else {
      const from = position;
      while (position < text.length) {
        const code = text.charCodeAt(position);
        if (code === delimiter || code === newline) break;
        position += 1;
      }
      const field = text.slice(from, position);
      if (field.includes('"')) return readBroken();
      const endsWithReturn = text.charCodeAt(position) === NEWLINE && field.endsWith('\r');
      fields.push(endsWithReturn ? field.slice(0, -1) : field);
    }
    if (position >= text.length) return isEnd ? finish(position) : null;
    const code = text.charCodeAt(position);
    if (code === delimiter) {
      position += 1;
    } else if (code === newline) {
      return finish(position + 1);
    } else if (code === RETURN && text.charCodeAt(position + 1) === NEWLINE) {
      return finish(position + 2);
    } else if (code === RETURN && position + 1 === text.length) {
      return isEnd ? finish(text.length) : null;
    } else {
      return readBroken();
    }
  }
}

function countLineBreaks(text: string, newline: number): number {
  let count = 0;
  for (let position = 0; position < text.length; position += 1) {
    if (text.charCodeAt(position) === newline) count += 1;
  }
  return count;
}

function findClosingQuote(text: string, start: number): number {
  let quote = text.indexOf('"', start);
  while (quote !== -1 && text.charCodeAt(quote + 1) === QUOTE) quote = text.indexOf('"', quote + 2);
  return quote;
}
