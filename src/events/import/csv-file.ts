/** A file and how to read it: from the options, from its beginning, and if that is ambiguous from all of it. */
import { type ColumnMapping, findColumns, type FoundColumns, Row } from './columns.ts';
import { type CsvReader, readFields } from './csv.ts';
import { detectDialect } from './dialect.ts';
import { checkEncoding, detectEncoding } from './encoding.ts';
import { ImportError } from './errors.ts';
import type { ImportFormat } from './format.ts';
import { type Reading, type ReadingOptions, Survey } from './reading.ts';
import {
  inspectFile,
  readRecords,
  readSample,
  type ReadProgress,
  type SourceFile,
  type TextForm,
} from './source-file.ts';

export interface OpenOptions extends ReadingOptions {
  /** Header in the file by column of the format, where they differ. */
  readonly mapping?: ColumnMapping | undefined;
  /** `rest` makes every column that the format does not know a custom column. */
  readonly attributes?: 'rest' | undefined;
  /** One character; detected from the header by default. */
  readonly delimiter?: string | undefined;
  /** Such as `windows-1252`; detected from the first bytes by default. */
  readonly encoding?: string | undefined;
}

export interface CsvFile {
  readonly path: string;
  readonly source: SourceFile;
  readonly form: TextForm;
  readonly headers: readonly string[];
  readonly found: FoundColumns;
  readonly reading: Omit<Reading, 'source' | 'repeatedLines' | 'onConflict'>;
  readonly lines: { readonly beforeHeader: number; readonly header: number };
  /** Detected properties, for the user who started the import. */
  readonly notes: readonly string[];
  /** Equal for the same file with the same options. */
  readonly key: string;
  /** Records before the first row. */
  readonly headRecords: number;
}

const NAMES: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' };

/** @throws {ImportError} it cannot be opened, or its format cannot be detected. */
export async function openCsvFile(
  path: string,
  format: ImportFormat,
  options: OpenOptions,
): Promise<CsvFile> {
  const { mapping = {}, attributes, delimiter } = options;
  if (attributes === 'rest' && format.ownColumns === undefined) {
    throw new ImportError('this format has no attributes; take --attributes away');
  }
  const source = await inspectFile(path);
  const sample = await readSample(path, source);
  const encoding =
    options.encoding === undefined
      ? detectEncoding(sample.bytes, sample.isWhole)
      : checkEncoding(options.encoding);
  const text = new TextDecoder(encoding).decode(sample.bytes);
  const { marks, preamble } = detectDialect(text, format, mapping, readDelimiter(delimiter));
  const form = { encoding, marks };
  const head = await readHead(path, source, form, preamble, (header) =>
    findColumns(format, header, { mapping, takesRest: attributes === 'rest' }),
  );
  const file = { path, source, form, ...head, headRecords: preamble + 1 };
  const { notes, ...reading } = await survey(file, format, options);
  return {
    ...file,
    reading,
    notes: [...noteForm(form, head.lines.beforeHeader, options), ...notes],
    key: keyOf(options),
  };
}

function noteForm({ encoding, marks }: TextForm, beforeHeader: number, options: OpenOptions): string[] {
  const notes: string[] = [];
  if (encoding !== 'utf-8' && options.encoding === undefined) notes.push(`the encoding is ${encoding}`);
  if (marks.delimiter !== ',' && options.delimiter === undefined) {
    notes.push(`fields are parted by a ${NAMES[marks.delimiter] ?? marks.delimiter}`);
  }
  if (marks.newline === '\r') notes.push('lines end in a carriage return alone');
  if (beforeHeader > 0)
    notes.push(`the header is on line ${beforeHeader + 1}; what stands before it was passed over`);
  return notes;
}

function keyOf(options: OpenOptions): string {
  const { mapping = {}, attributes, delimiter, encoding, dates, zone, decimal } = options;
  return JSON.stringify([mapping, attributes, delimiter, encoding, dates, zone, decimal]);
}

/** @throws {ImportError} */
function readDelimiter(text: string | undefined): string | null {
  if (text === undefined) return null;
  const named = Object.entries(NAMES).find(([, name]) => name === text.toLowerCase())?.[0];
  const delimiter = named ?? (text === String.raw`\t` ? '\t' : text);
  if (delimiter.length === 1 && !/["\r\n]/.test(delimiter)) return delimiter;
  throw new ImportError(`--delimiter: expected one character, or tab, got ${JSON.stringify(text)}`);
}

async function readHead(
  path: string,
  source: SourceFile,
  form: TextForm,
  preamble: number,
  find: (header: CsvReader) => FoundColumns,
): Promise<Pick<CsvFile, 'headers' | 'found' | 'lines'>> {
  let seen = 0;
  for await (const records of readRecords(path, source, form)) {
    while (records.next()) {
      seen += 1;
      if (seen <= preamble) continue;
      const { line, lastLine, blankLineCount } = records;
      const header = lastLine - line + 1;
      return {
        headers: readFields(records),
        found: find(records),
        lines: { beforeHeader: line - 1 - blankLineCount, header },
      };
    }
  }
  throw new ImportError('line 1: the file is empty; expected a header line');
}

/** If the beginning of the file has no ambiguous date or number, the rest is assumed to have none. */
const FIRST_BYTES = 1 << 18;

async function survey(
  file: Pick<CsvFile, 'path' | 'source' | 'form' | 'found' | 'headRecords'>,
  format: ImportFormat,
  options: OpenOptions,
): Promise<ReturnType<Survey['decide']>> {
  const survey = new Survey(format.columns, file.found, options);
  const progress = { bytesRead: 0, textBytes: 0 };
  for await (const { records, row } of readRows(file, progress)) {
    while (records.next()) if (row.problem === null && !row.isTotal) survey.take(row);
    if (progress.textBytes > FIRST_BYTES && !survey.needsAllRows) break;
  }
  return survey.decide();
}

/** The rows of a file, in chunks: after each yield, the reader is before more of them. */
export async function* readRows(
  {
    path,
    source,
    form,
    found,
    headRecords,
  }: Pick<CsvFile, 'path' | 'source' | 'form' | 'found' | 'headRecords'>,
  progress: ReadProgress,
): AsyncGenerator<{ readonly records: CsvReader; readonly row: Row }> {
  let left = headRecords;
  let row: Row | null = null;
  for await (const records of readRecords(path, source, form, progress)) {
    row ??= new Row(found, records);
    while (left > 0 && records.next()) left -= 1;
    if (left === 0) yield { records, row };
  }
}
