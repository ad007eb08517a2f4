/** Maps the columns of a format to the header of a file. */
import { type CsvRecord, readFields } from './csv.ts';
import { ImportError } from './errors.ts';
import type { Column, ImportFormat } from './format.ts';

/** Header in the file by column of the format. */
export type ColumnMapping = Readonly<Record<string, string>>;

/** A custom column of the file, such as `attribute.tenure`. */
export interface OwnColumn {
  readonly name: string;
  readonly position: number;
}

export interface FoundColumns {
  /** Index in the record by column of the format, -1 where the file lacks it. */
  readonly positions: readonly number[];
  readonly ownColumns: readonly OwnColumn[];
  /** Headers that the format does not use. */
  readonly unread: readonly string[];
  readonly headerCount: number;
}

export interface HeaderOptions {
  readonly mapping: ColumnMapping;
  /** Whether every column that the format does not know is a custom column. */
  readonly takesRest: boolean;
}

/** Case, white space and punctuation in headers are ignored. */
const fold = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_\-./:#*()"']/g, '');

const wantedOf = ({ name, aliases = [] }: Column): readonly string[] => [name, ...aliases].map(fold);

/** Score of a record as a header: its known columns, and whether all required ones are there. */
export function rateHeader(
  { columns, oneOf = [] }: Pick<ImportFormat, 'columns' | 'oneOf'>,
  fields: readonly string[],
  mapping: ColumnMapping,
): { readonly found: number; readonly isWhole: boolean } {
  const headers = new Set(fields.map(fold));
  const has = (column: Column) => {
    const mapped = mapping[column.name];
    return mapped === undefined
      ? wantedOf(column).some((name) => headers.has(name))
      : headers.has(fold(mapped));
  };
  const found = columns.filter(has);
  const names = new Set(found.map(({ name }) => name));
  return {
    found: found.length,
    isWhole:
      columns.every((column) => !column.isRequired || names.has(column.name)) &&
      (oneOf.length === 0 || oneOf.some((name) => names.has(name))),
  };
}

/**
 * @param header the reader, at the header
 * @throws {ImportError} a column is missing or duplicate, or the mapping contains an unknown one.
 */
export function findColumns(
  format: Pick<ImportFormat, 'columns' | 'oneOf' | 'ownColumns'>,
  header: CsvRecord,
  { mapping, takesRest }: HeaderOptions,
): FoundColumns {
  if (header.problem !== null) throw new ImportError(`line ${header.line}: ${header.problem}`);
  const { columns, oneOf = [] } = format;
  const fields = readFields(header).map((field) => field.trim());
  const headers = fields.map(fold);
  const known = columns.map(({ name }) => name);
  const refuse = (problem: string) => new ImportError(`line ${header.line}: ${problem}`);
  for (const name of Object.keys(mapping)) {
    if (!known.includes(name)) {
      throw new ImportError(`there is no column ${name} to map; the format has ${known.join(', ')}`);
    }
  }
  const missing: string[] = [];
  const positions = columns.map((column) => {
    const mapped = mapping[column.name];
    // A mapping may distinguish two headers that differ only in punctuation.
    if (mapped !== undefined && fields.includes(mapped.trim())) return fields.indexOf(mapped.trim());
    const wanted = mapped === undefined ? wantedOf(column) : [fold(mapped)];
    const found = headers.flatMap((name, position) => (wanted.includes(name) ? [position] : []));
    if (found.length > 1) {
      const names = found.map((position) => JSON.stringify(fields[position])).join(' and ');
      throw refuse(
        `the columns ${names} both mean ${column.name}; say which with --map ${column.name}=HEADER, or take one out`,
      );
    }
    if (found.length === 0 && (column.isRequired || mapped !== undefined))
      missing.push(mapped ?? column.name);
    return found[0] ?? -1;
  });
  if (oneOf.length > 0 && oneOf.every((name) => positions[known.indexOf(name)] === -1))
    missing.push(oneOf.join(' or '));
  if (missing.length > 0) {
    const found = fields.map((field) => field.slice(0, 40)).slice(0, 30);
    throw refuse(
      `no column ${missing.join(', ')}. The file has: ${found.join(', ')}. Map columns whose names differ with --map COLUMN=HEADER.`,
    );
  }
  const left = fields.flatMap((name, position) => (positions.includes(position) ? [] : [{ name, position }]));
  const ownColumns = findOwnColumns(format, left, takesRest);
  const twice = ownColumns.find(
    ({ name }, index) => ownColumns.findIndex((other) => other.name === name) !== index,
  );
  if (twice !== undefined) throw refuse(`there are two columns ${JSON.stringify(twice.name)}; take one out`);
  const taken = new Set(ownColumns.map(({ position }) => position));
  const unread = left.flatMap(({ name, position }) =>
    taken.has(position) ? [] : [name === '' ? `(column ${position + 1}, without a name)` : name.slice(0, 80)],
  );
  return { positions, ownColumns, unread, headerCount: fields.length };
}

function findOwnColumns(
  { ownColumns }: Pick<ImportFormat, 'ownColumns'>,
  left: readonly OwnColumn[],
  takesRest: boolean,
): readonly OwnColumn[] {
  if (ownColumns === undefined) return [];
  const prefix = new RegExp(`^(?:${ownColumns.prefix}|${ownColumns.column})\\.`, 'i');
  return left.flatMap(({ name, position }) => {
    const own = name.replace(prefix, '').trim();
    return own !== '' && (takesRest || own !== name) ? [{ name: own, position }] : [];
  });
}

/** The current record of a reader, by the columns of a format. */
export class Row {
  readonly #record: CsvRecord;
  readonly #found: FoundColumns;

  /** @param reader advances from row to row */
  constructor(found: FoundColumns, reader: CsvRecord) {
    this.#found = found;
    this.#record = reader;
  }

  /** Line on which the row begins. */
  get line(): number {
    return this.#record.line;
  }

  /** Why the record is not a valid row; null where it is. */
  get problem(): string | null {
    const record = this.#record;
    const { problem, fieldCount, line, lastLine } = record;
    const { headerCount } = this.#found;
    if (problem !== null || fieldCount === headerCount) return problem;
    if (fieldCount > headerCount && this.#isEmptyFrom(headerCount)) return null;
    const count = `expected ${headerCount} fields as in the header, got ${fieldCount}`;
    return line === lastLine ? count : `lines ${line} to ${lastLine} are one row by their quotes: ${count}`;
  }

  /** A delimiter at the end of every row adds no field. */
  #isEmptyFrom(position: number): boolean {
    const { text, starts, ends, fieldCount } = this.#record;
    for (let index = position; index < fieldCount; index += 1) {
      if (text.slice(starts[index], ends[index]).trim() !== '') return false;
    }
    return true;
  }

  /** Number of rows in the record: a broken one contains every line that it spans. */
  get rowCount(): number {
    const { line, lastLine } = this.#record;
    return line === lastLine || this.problem === null ? 1 : lastLine - line + 1;
  }

  /** Whether an unclosed quote has taken further rows into a field of the record. */
  get isSwallowed(): boolean {
    return this.rowCount > 1;
  }

  /** The text that contains a column's value, from `start(column)` to `end(column)`. */
  get text(): string {
    return this.#record.text;
  }

  start(column: number): number {
    const position = this.#found.positions[column]!;
    return position === -1 ? 0 : this.#record.starts[position]!;
  }

  end(column: number): number {
    const position = this.#found.positions[column]!;
    return position === -1 ? 0 : this.#record.ends[position]!;
  }

  /** Empty where the file lacks the column. */
  value(column: number): string {
    return this.text.slice(this.start(column), this.end(column));
  }

  /** Whether the column equals this text. Allocates nothing. */
  holds(column: number, value: string): boolean {
    const start = this.start(column);
    return this.end(column) - start === value.length && this.text.startsWith(value, start);
  }

  values(): string[] {
    return this.#found.positions.map((_, column) => this.value(column));
  }

  /** Of the custom columns, in their order. */
  ownValues(): string[] {
    const { text, starts, ends } = this.#record;
    return this.#found.ownColumns.map(({ position }) => text.slice(starts[position], ends[position]));
  }

  /**
   * Whether the row is a total at the end of a report: it begins with such a word, and most of its fields are empty.
   */
  get isTotal(): boolean {
    const { text, starts, ends, fieldCount } = this.#record;
    const start = starts[0]!;
    const code = text.charCodeAt(start) | 32;
    // t, g, s and ( are tested first: this runs for every row.
    if (code !== 116 && code !== 103 && code !== 115 && code !== 40) return false;
    if (!TOTAL.test(text.slice(start, ends[0]))) return false;
    let empty = 0;
    for (let index = 0; index < fieldCount; index += 1) {
      if (text.slice(starts[index], ends[index]).trim() === '') empty += 1;
    }
    return empty * 2 >= fieldCount;
  }
}

const TOTAL = /^\s*\(?(?:grand[ -]?total|sub-?total|totals?|gesamt|summe|sum|\d+ rows?)\b/i;
