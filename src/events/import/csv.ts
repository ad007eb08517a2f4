/**
 * Parses delimited text (RFC 4180) in chunks of any size, record by record. Allocates nothing per record: fields are
 * index ranges of the text, copied on demand. Buffers at most one incomplete record.
 */
import { ImportError } from './errors.ts';
import { readQuoted } from './quoted-record.ts';

/** An unclosed quote spans all following lines: beyond this length it is an error. */
const MAX_RECORD_LENGTH = 4 << 20;
const MAX_FIELD_LENGTH = 65_536;
const RETURN = 13;

/** Characters that separate the records and fields of a file. */
export interface CsvMarks {
  /** One character. */
  readonly delimiter: string;
  /** `\r` for files of old systems without `\n`; a `\r` before `\n` is always ignored. */
  readonly newline: '\n' | '\r';
}

/** The current record of a reader. */
export interface CsvRecord {
  /** Line of the file on which the record begins, from 1. */
  readonly line: number;
  /** Line on which it ends: later than the first where a quoted field contains line breaks. */
  readonly lastLine: number;
  readonly fieldCount: number;
  /** Why the record is not valid CSV or cannot be imported; null where it is valid. */
  readonly problem: string | null;
  /** Field `index` is `text` from `starts[index]` to `ends[index]`. */
  readonly text: string;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The record as in the file, without its last line break. */
  readonly raw: string;
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
  /** Number of lines so far with only white space, delimiters or the padding of old systems. */
  blankLineCount = 0;
  readonly #delimiter: number;
  readonly #newline: '\n' | '\r';
  #source = '';
  #isEnd = false;
  #hasNul = false;
  #start = 0;
  #position = 0;
  #nextLine = 1;
  /** Index of the first quote at or after the position, or the length of the source. */
  #nextQuote = -1;

  constructor({ delimiter, newline }: CsvMarks = { delimiter: ',', newline: '\n' }) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#newline = newline;
  }

  /** Line on which the next record begins. */
  get nextLine(): number {
    return this.#nextLine;
  }

  get lastLine(): number {
    return this.#nextLine - 1;
  }

  get raw(): string {
    return this.#source.slice(this.#start, this.#position).replace(/[\r\n]+$/, '');
  }

  /** Adds more of the file; every record before it must have been read. */
  push(text: string): void {
    const isStart = this.#nextLine === 1 && this.#source === '';
    const more = isStart && text.startsWith('\uFEFF') ? text.slice(1) : text;
    this.#source = this.#source.slice(this.#position) + more;
    // Invalid characters are rare, so the complete text is tested first.
    this.#hasNul = this.#source.includes('\u0000');
    this.#position = 0;
    this.#nextQuote = -1;
  }

  /** End of the file: the incomplete record is the last one. */
  end(): void {
    this.#isEnd = true;
  }

  /**
   * Advances to the next record. @returns whether the text contains it completely. @throws {ImportError} it is longer
   * than 4 MiB.
   */
  next(): boolean {
    const source = this.#source;
    const newline = this.#newline;
    for (;;) {
      const start = this.#position;
      if (start >= source.length) return false;
      let lineEnd = source.indexOf(newline, start);
      if (lineEnd === -1) {
        if (!this.#isEnd) return this.#wait();
        lineEnd = source.length;
      }
      if (this.#nextQuote < start) {
        const quote = source.indexOf('"', start);
        this.#nextQuote = quote === -1 ? source.length : quote;
      }
      this.#start = start;
      if (this.#nextQuote < lineEnd) {
        if (!this.#readQuoted(start)) return false;
        if (this.problem !== null || !this.#hasOnlyBlankFields()) return true;
        this.blankLineCount += this.lastLine - this.line + 1;
        continue;
      }
      const end = lineEnd > start && source.charCodeAt(lineEnd - 1) === RETURN ? lineEnd - 1 : lineEnd;
      this.#position = Math.min(lineEnd + 1, source.length);
      this.#nextLine += 1;
      if (this.#isBlank(start, end)) {
        this.blankLineCount += 1;
        continue;
      }
      this.line = this.#nextLine - 1;
      this.text = source;
      this.#splitAtDelimiters(start, end);
      this.problem = end - start > MAX_FIELD_LENGTH || this.#hasNul ? this.#findProblem() : null;
      return true;
    }
  }

  /** Rows without a value, and the padding of the last block by old systems, are not records. */
  #isBlank(start: number, end: number): boolean {
    const source = this.#source;
    for (let position = start; position < end; position += 1) {
      const code = source.charCodeAt(position);
      if (code > 32 && code !== this.#delimiter && code !== 0xa0) return false;
    }
    return true;
  }

  #wait(): false {
    if (this.#source.length - this.#position > MAX_RECORD_LENGTH) {
      throw new ImportError(
        `line ${this.#nextLine}: the record that begins here does not end within 4 MiB. Is a quote (") not closed?`,
      );
    }
    return false;
  }

  #splitAtDelimiters(start: number, end: number): void {
    const text = this.text;
    const delimiter = this.#delimiter;
    let count = 0;
    let from = start;
    for (let position = start; position < end; position += 1) {
      if (text.charCodeAt(position) !== delimiter) continue;
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
    const marks = { delimiter: this.#delimiter, newline: this.#newline.charCodeAt(0) };
    const record = readQuoted(this.#source, start, this.#isEnd, marks);
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
    if (record.problem !== null && record.quotedLineCount > 1) {
      const from = this.line + record.quoteLine;
      const end = record.isClosed ? 'text follows where it ends' : 'it is not closed';
      this.problem = `lines ${from} to ${this.lastLine} are inside a quote that line ${from} opens: ${end}`;
    }
    return true;
  }

  #hasOnlyBlankFields(): boolean {
    return this.text.trim() === '';
  }

  #findProblem(): string | null {
    for (let index = 0; index < this.fieldCount; index += 1) {
      const length = this.ends[index]! - this.starts[index]!;
      if (length > MAX_FIELD_LENGTH) {
        return `a field has ${length} characters; at most ${MAX_FIELD_LENGTH} are read`;
      }
    }
    if (!this.#hasNul) return null;
    for (let index = 0; index < this.fieldCount; index += 1) {
      // Fields of a fixed width are padded with NUL.
      while (this.ends[index]! > this.starts[index]! && this.text.charCodeAt(this.ends[index]! - 1) === 0) {
        this.ends[index]! -= 1;
      }
    }
    if (readFields(this).some((field) => field.includes('\u0000'))) {
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
