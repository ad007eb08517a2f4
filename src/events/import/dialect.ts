/** Detects delimiter, line ends and header of a file from its beginning. Pure. */
import { type ColumnMapping, rateHeader } from './columns.ts';
import { type CsvMarks, CsvReader, readFields } from './csv.ts';
import type { ImportFormat } from './format.ts';

const DELIMITERS: readonly string[] = [',', ';', '\t', '|'];
/** A report may have a title before its header. */
const MAX_PREAMBLE = 30;
const HEADER_TEXT = 1 << 18;

export interface Dialect {
  readonly marks: CsvMarks;
  /** Records before the header. */
  readonly preamble: number;
}

/** @param text beginning of the file */
export function detectDialect(
  text: string,
  format: Pick<ImportFormat, 'columns' | 'oneOf'>,
  mapping: ColumnMapping,
  delimiter: string | null,
): Dialect {
  const start = text.replace(/^\uFEFF/, '').slice(0, HEADER_TEXT);
  const newline = start.includes('\n') || !start.includes('\r') ? '\n' : '\r';
  // A first line for Excel, which no other program writes.
  const declared = /^"?sep=(.)"?\r?[\n\r]/i.exec(start)?.[1];
  const candidates = delimiter !== null ? [delimiter] : declared !== undefined ? [declared] : DELIMITERS;
  const first = declared === undefined ? 0 : 1;
  let best = { delimiter: candidates[0]!, preamble: first, found: -1, fields: 0, isWhole: false };
  for (const candidate of candidates) {
    const records = readFirst(start, { delimiter: candidate, newline });
    for (const [index, fields] of records.entries()) {
      if (index < first) continue;
      const { found, isWhole } = rateHeader(format, fields, mapping);
      const isBetter =
        isWhole === best.isWhole
          ? found > best.found ||
            (found === best.found && index === best.preamble && fields.length > best.fields)
          : isWhole;
      // A line without a known column is not a header.
      if (isBetter && (index === first || isWhole)) {
        best = { delimiter: candidate, preamble: index, found, fields: fields.length, isWhole };
      }
    }
  }
  return { marks: { delimiter: best.delimiter, newline }, preamble: best.preamble };
}

function readFirst(text: string, marks: CsvMarks): string[][] {
  const reader = new CsvReader(marks);
  reader.push(text);
  reader.end();
  const records: string[][] = [];
  while (records.length < MAX_PREAMBLE && reader.next()) records.push(readFields(reader));
  return records;
}
