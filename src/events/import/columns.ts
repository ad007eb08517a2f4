/** Finds a format's columns in the header of a file. Pure. */
import type { CsvRecord } from './csv.ts';
import { ImportError } from './errors.ts';
import type { Column } from './format.ts';

/** Header in the file by column of the format. */
export type ColumnMapping = Readonly<Record<string, string>>;

export interface RowMapper {
  /** The fields in the order of the format's columns, or why the record is no row of the file. */
  read(record: CsvRecord): readonly string[] | string;
}

/** Case, blanks and underscores in headers do not matter. */
const fold = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]/g, '');

/** @throws {ImportError} a required column is missing, or the mapping names one that is not there. */
export function mapColumns(columns: readonly Column[], header: CsvRecord, mapping: ColumnMapping): RowMapper {
  if (header.problem !== null) throw new ImportError(`line ${header.line}: ${header.problem}`);
  const headers = header.fields.map(fold);
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
    const found = header.fields.map((field) => field.slice(0, 40)).slice(0, 30);
    throw new ImportError(
      `line ${header.line}: no column ${missing.join(', ')}. The file has: ${found.join(', ')}. Map columns whose names differ.`,
    );
  }
  const isIdentity =
    positions.length === headers.length && positions.every((position, index) => position === index);
  return {
    read({ fields, problem }) {
      if (problem !== null) return problem;
      if (fields.length !== headers.length) {
        return `expected ${headers.length} fields as in the header, got ${fields.length}`;
      }
      if (isIdentity) return fields;
      return positions.map((position) => (position === -1 ? '' : fields[position]!));
    },
  };
}
