/** Finds a format's columns in the records of a file. Knows no format. */
import { type CsvRecord, readFields } from './csv.ts';
import { ImportError } from './errors.ts';
import type { Column } from './format.ts';

/** Header in the file by column of the format. */
export type ColumnMapping = Readonly<Record<string, string>>;

/** Case, blanks and underscores in headers do not matter. */
const fold = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]/g, '');

/** The record that a reader stands at, by the columns of a format. */
export class Row {
  readonly #record: CsvRecord;
  /** Position in the record by column, -1 where the file has none. */
  readonly #positions: readonly number[];
  readonly #headerCount: number;

  /**
   * @param reader stands at the header, and then at one row after the other
   * @throws {ImportError} a required column is missing, or the mapping names one that is not there.
   */
  constructor(columns: readonly Column[], reader: CsvRecord, mapping: ColumnMapping) {
    this.#record = reader;
    this.#positions = findColumns(columns, reader, mapping);
    this.#headerCount = reader.fieldCount;
  }

  /** Why the record is no row of the file; null where it is. */
  get problem(): string | null {
    const { problem, fieldCount } = this.#record;
    if (problem !== null || fieldCount === this.#headerCount) return problem;
    return `expected ${this.#headerCount} fields as in the header, got ${fieldCount}`;
  }

  /** What a column's value is a part of: from `start(column)` to `end(column)`. */
  get text(): string {
    return this.#record.text;
  }

  start(column: number): number {
    const position = this.#positions[column]!;
    return position === -1 ? 0 : this.#record.starts[position]!;
  }

  end(column: number): number {
    const position = this.#positions[column]!;
    return position === -1 ? 0 : this.#record.ends[position]!;
  }

  /** Empty where the file has no such column. */
  value(column: number): string {
    return this.text.slice(this.start(column), this.end(column));
  }

  /** Whether the column holds just this text. Makes none. */
  holds(column: number, value: string): boolean {
    const start = this.start(column);
    return this.end(column) - start === value.length && this.text.startsWith(value, start);
  }

  values(): string[] {
    return this.#positions.map((_, column) => this.value(column));
  }
}

function findColumns(columns: readonly Column[], header: CsvRecord, mapping: ColumnMapping): number[] {
  if (header.problem !== null) throw new ImportError(`line ${header.line}: ${header.problem}`);
  const fields = readFields(header);
  const headers = fields.map(fold);
  const known = columns.map(({ name }) => name);
  for (const name of Object.keys(mapping)) {
    if (!known.includes(name)) {
      throw new ImportError(`there is no column ${name} to map; the format has ${known.join(', ')}`);
    }
  }
  const missing: string[] = [];
  const positions = columns.map(({ name, aliases = [], isRequired }) => {
    const wanted = mapping[name] === undefined ? [name, ...aliases] : [mapping[name]];
    const position =
      wanted.map((header) => headers.indexOf(fold(header))).find((found) => found !== -1) ?? -1;
    if (position === -1 && (isRequired || mapping[name] !== undefined)) missing.push(wanted[0]!);
    return position;
  });
  if (missing.length > 0) {
    const found = fields.map((field) => field.slice(0, 40)).slice(0, 30);
    throw new ImportError(
      `line ${header.line}: no column ${missing.join(', ')}. The file has: ${found.join(', ')}. Map columns whose names differ.`,
    );
  }
  return positions;
}
