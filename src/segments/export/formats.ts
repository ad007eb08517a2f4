/** Members as text: CSV (RFC 4180) or one JSON object per line. */
import { toCsvCell } from '#platform/csv-cell.ts';

import { type ExportedMember, exportedColumns } from './members.ts';

type Batches = AsyncIterable<readonly ExportedMember[]>;

export const exportFormats: Readonly<Record<'csv' | 'ndjson', (batches: Batches) => AsyncGenerator<string>>> =
  {
    csv: writeCsv,
    ndjson: writeLines,
  };

async function* writeCsv(batches: Batches): AsyncGenerator<string> {
  yield `${exportedColumns.join(',')}\r\n`;
  for await (const members of batches) yield members.map(toCsvLine).join('');
}

async function* writeLines(batches: Batches): AsyncGenerator<string> {
  for await (const members of batches) yield members.map(toJsonLine).join('');
}

function toJsonLine(member: ExportedMember): string {
  return `${JSON.stringify(member, [...exportedColumns])}\n`;
}

function toCsvLine(member: ExportedMember): string {
  return `${exportedColumns.map((column) => toCell(member, column)).join(',')}\r\n`;
}

function toCell(member: ExportedMember, column: keyof ExportedMember): string {
  const value = member[column];
  if (value === null) return '';
  const text = typeof value === 'object' ? value.join('|') : String(value);
  return toCsvCell(text);
}
