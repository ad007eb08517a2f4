/**
 * CSV (RFC 4180) from text in pieces of any size, record by record. Makes nothing per record: fields are places in the
 * text until somebody wants one as a text of its own. Keeps at most one unfinished record.
 */
import { ImportError } from './errors.ts';

/** A quote that is never closed takes in all the lines after it: beyond this it is told rather than read on. */
const MAX_RECORD_LENGTH = 4 << 20;
const MAX_FIELD_LENGTH = 65_536;
const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;
const RETURN = 13;

/** The record that a reader stands at. */
export interface CsvRecord {
  /** Line of the file that the record begins on, from 1. */
  readonly line: number;
  readonly fieldCount: number;
  /** Why the record is no CSV or cannot be taken in; null where it is. */
  readonly problem: string | null;
  /** Field `index` is `text` from `starts[index]` to `ends[index]`. */
  readonly text: string;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export function readFields({ text, starts, ends, fieldCount }: CsvRecord): string[] {
  return Array.from({ length: fieldCount }, (_, index) => text.slice(starts[index], ends[index]));
}

export class CsvReader implements CsvRecord {
  line = 1;
  fieldCount = 0;
  problem: string | null = null;
  text = '';
  starts: Int32Array = new Int32Array(64);
  ends: Int32Array = new Int32Array(64);
  #source = '';
  #isEnd = false;
  #hasNul = false;
  #position = 0;
  #nextLine = 1;
  /** First quote at or after the position, or the length of the source. */
  #nextQuote = -1;

  /** Line that the next record begins on. */
  get nextLine(): number {
    return this.#nextLine;
  }

  /** More of the file; every record before it was read. */
  push(text: string): void {
    const isStart = this.#nextLine === 1 && this.#source === '';
    const more = isStart && text.startsWith('\uFEFF') ? text.slice(1) : text;
    this.#source = this.#source.slice(this.#position) + more;
    // What no field may hold is rare, so the whole text is asked first.
    this.#hasNul = this.#source.includes('\u0000');
    this.#position = 0;
    this.#nextQuote = -1;
  }

  /** Nothing more comes: what stands unfinished is the last record. */
  end(): void {
    this.#isEnd = true;
  }

  /** Moves on to the next record. @returns whether the text holds it whole. @throws {ImportError} it is longer than 4 MiB. */
  next(): boolean {
    const source = this.#source;
    for (;;) {
      const start = this.#position;
      if (start >= source.length) return false;
      let lineEnd = source.indexOf('\n', start);
      if (lineEnd === -1) {
        if (!this.#isEnd) return this.#wait();
        lineEnd = source.length;
      }
      if (this.#nextQuote < start) {
        const quote = source.indexOf('"', start);
        this.#nextQuote = quote === -1 ? source.length : quote;
      }
      if (this.#nextQuote < lineEnd) return this.#readQuoted(start);
      const end = lineEnd > start && source.charCodeAt(lineEnd - 1) === RETURN ? lineEnd - 1 : lineEnd;
      this.#position = lineEnd + 1;
      this.#nextLine += 1;
      // Blank lines are no records.
      if (end === start) continue;
      this.line = this.#nextLine - 1;
      this.text = source;
      this.#splitAtCommas(start, end);
      this.problem = end - start > MAX_FIELD_LENGTH || this.#hasNul ? this.#findProblem() : null;
      return true;
    }
  }

  #wait(): false {
    if (this.#source.length - this.#position > MAX_RECORD_LENGTH) {
      throw new ImportError(
        `line ${this.#nextLine}: the record that begins here does not end within 4 MiB. Is a quote (") not closed?`,
      );
    }
    return false;
  }

  #splitAtCommas(start: number, end: number): void {
    const text = this.text;
    let count = 0;
    let from = start;
    for (let position = start; position < end; position += 1) {
      if (text.charCodeAt(position) !== COMMA) continue;
      this.#place(count, from, position);
      count += 1;
      from = position + 1;
    }
    this.#place(count, from, end);
    this.fieldCount = count + 1;
  }

  #place(index: number, start: number, end: number): void {
    if (index === this.starts.length) {
      this.starts = doubled(this.starts);
      this.ends = doubled(this.ends);
    }
    this.starts[index] = start;
    this.ends[index] = end;
  }

  #readQuoted(start: number): boolean {
    const record = readQuoted(this.#source, start, this.#isEnd);
    if (record === null) return this.#wait();
    this.line = this.#nextLine;
    this.#nextLine += record.lineCount;
    this.#position = record.end;
    this.text = record.fields.join('');
    let end = 0;
    for (const [index, field] of record.fields.entries()) {
      this.#place(index, end, end + field.length);
      end += field.length;
    }
    this.fieldCount = record.fields.length;
    this.problem = record.problem ?? this.#findProblem();
    return true;
  }

  #findProblem(): string | null {
    for (let index = 0; index < this.fieldCount; index += 1) {
      const length = this.ends[index]! - this.starts[index]!;
      if (length > MAX_FIELD_LENGTH) {
        return `a field has ${length} characters; at most ${MAX_FIELD_LENGTH} are read`;
      }
    }
    if (this.#hasNul && readFields(this).some((field) => field.includes('\u0000'))) {
      return 'a field contains a NUL character, which cannot be stored';
    }
    return null;
  }
}

function doubled(numbers: Int32Array): Int32Array {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}

interface QuotedRecord {
  readonly fields: readonly string[];
  readonly problem: string | null;
  /** Where the next record begins. */
  readonly end: number;
  readonly lineCount: number;
}

/** A record with a quote in it, character by character; null where the text ends before it does. */
function readQuoted(text: string, start: number, isEnd: boolean): QuotedRecord | null {
  const fields: string[] = [];
  let position = start;
  let lineCount = 1;
  for (;;) {
    if (text.charCodeAt(position) === QUOTE) {
      const close = findClosingQuote(text, position + 1);
      // A quote at the very end may be the first of a doubled one.
      if (close === -1 || (close + 1 === text.length && !isEnd)) {
        if (!isEnd) return null;
        if (close === -1)
          return { fields, problem: 'a quote (") is not closed', end: text.length, lineCount };
      }
      const inner = text.slice(position + 1, close);
      for (let at = inner.indexOf('\n'); at !== -1; at = inner.indexOf('\n', at + 1)) lineCount += 1;
      fields.push(inner.includes('"') ? inner.replaceAll('""', '"') : inner);
      position = close + 1;
    } else {
      const from = position;
      while (position < text.length && !isSeparator(text.charCodeAt(position))) position += 1;
      const field = text.slice(from, position);
      if (field.includes('"')) return readBroken(text, position, fields, lineCount, isEnd);
      const endsWithReturn = text.charCodeAt(position) === NEWLINE && field.endsWith('\r');
      fields.push(endsWithReturn ? field.slice(0, -1) : field);
    }
    if (position >= text.length) {
      if (!isEnd) return null;
      return { fields, problem: null, end: position, lineCount };
    }
    const separator = text.charCodeAt(position);
    if (separator === COMMA) {
      position += 1;
    } else if (separator === NEWLINE) {
      return { fields, problem: null, end: position + 1, lineCount };
    } else if (separator === RETURN && text.charCodeAt(position + 1) === NEWLINE) {
      return { fields, problem: null, end: position + 2, lineCount };
    } else if (separator === RETURN && position + 1 === text.length) {
      return isEnd ? { fields, problem: null, end: text.length, lineCount } : null;
    } else {
      return readBroken(text, position, fields, lineCount, isEnd);
    }
  }
}

/** Gives up on the record and goes on at the next line. */
function readBroken(
  text: string,
  position: number,
  fields: readonly string[],
  lineCount: number,
  isEnd: boolean,
): QuotedRecord | null {
  const lineEnd = text.indexOf('\n', position);
  if (lineEnd === -1 && !isEnd) return null;
  const end = lineEnd === -1 ? text.length : lineEnd + 1;
  return {
    fields,
    problem: 'a quote (") stands inside an unquoted field, or text follows a closing one',
    end,
    lineCount,
  };
}

const isSeparator = (code: number): boolean => code === COMMA || code === NEWLINE;

function findClosingQuote(text: string, start: number): number {
  let quote = text.indexOf('"', start);
  while (quote !== -1 && text.charCodeAt(quote + 1) === QUOTE) quote = text.indexOf('"', quote + 2);
  return quote;
}
