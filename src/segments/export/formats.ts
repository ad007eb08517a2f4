/** Members as text: CSV (RFC 4180) or one JSON object a line. Reads nothing. */
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
  // What begins like this is a formula to a spreadsheet. Phones and revenue are numbers of our own making.
  const isFormula = /^[=+\-@\t\r]/.test(text) && column !== 'phone' && column !== 'revenue';
  return quote(isFormula ? `'${text}` : text);
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
