/** Prints the outcomes of the rows of an imported file. */
import type { ImportSummary } from '#events/import/import-file.ts';

import { print } from './terminal.ts';

const count = (value: number): string => value.toLocaleString('en');

/** Why the import failed; null if rows were imported or existed already. */
export function explainFailedImport({ rowsRead, rejected, dirt, rejectsFile }: ImportSummary): string | null {
  const see = rejectsFile === null ? '' : ` See ${rejectsFile}.`;
  if (rowsRead === 0) return 'Nothing was taken in: the file has no rows.';
  if (rejected === rowsRead) return `Nothing was taken in: all ${count(rowsRead)} rows were rejected.${see}`;
  const swallowed = dirt['unclosed_quote'];
  return swallowed === undefined
    ? null
    : `${count(swallowed)} rows were not taken in, as they are inside a quote that is not closed.${see}`;
}

export function describeSummary(summary: ImportSummary): void {
  const { rowsRead, imported, merged, unchanged, rejected, rejectsFile, durationMs, rowsPerSecond } = summary;
  const { resumedAtRow, peopleMade, source, unreadColumns, notes, lines, bytes } = summary;
  print(
    `Read ${count(rowsRead)} rows in ${(durationMs / 1000).toFixed(1)} s (${count(Math.round(rowsPerSecond))} a second).`,
  );
  if (resumedAtRow > 0) print(`Went on at row ${count(resumedAtRow)}.`);
  print(`  imported  ${count(imported)}`);
  print(`  merged    ${count(merged)}  (repeats of another row, or rows that joined two people)`);
  print(`  unchanged ${count(unchanged)}  (were there already)`);
  print(`  rejected  ${count(rejected)}${rejectsFile === null ? '' : `  (see ${rejectsFile})`}`);
  const packed = bytes.text === bytes.file ? '' : `, ${count(bytes.file)} packed`;
  print(
    `Lines ${count(lines.total)}: rows ${count(lines.rows)}, header ${count(lines.header)}, before it ${count(lines.beforeHeader)}, blank ${count(lines.blank)}. Bytes ${count(bytes.text)}${packed}.`,
  );
  if (unreadColumns.length > 0) print(`Not read: ${unreadColumns.join(', ')}; map them with --map.`);
  for (const text of notes) print(`Told by the file: ${text}.`);
  if (peopleMade > 0) {
    print(
      `People made by their id alone: ${count(peopleMade)}; no file of customers has named them (source ${source}).`,
    );
  }
  const dirt = Object.entries(summary.dirt).toSorted(([, a], [, b]) => b - a);
  if (dirt.length > 0) print('Found:');
  for (const [kind, rows] of dirt) print(`  ${kind.padEnd(24)} ${count(rows)}`);
}
