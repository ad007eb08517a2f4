/** The help of `c360 import`: formats, fields and exit codes. */
import type { ImportFormat } from '#events/import/format.ts';
import { importFormats } from '#events/import/formats.ts';

/** The formats with their columns. */
export function describeFormats(): string {
  return Object.entries<ImportFormat>(importFormats)
    .map(([name, { description, columns, oneOf = [], ownColumns }]) => {
      const width = Math.max(...columns.map((column) => column.name.length)) + 2;
      const lines = columns.map((column) => {
        const mark = column.isRequired ? '*' : oneOf.includes(column.name) ? '+' : ' ';
        return `   ${mark}${column.name.padEnd(width)}${column.description}`;
      });
      if (oneOf.length > 0) lines.push('    (one of those with + is needed)');
      if (ownColumns !== undefined) {
        lines.push(`    ${ownColumns.prefix}.NAME: a value of ${ownColumns.column}, as a column of its own`);
      }
      return `  ${name}: ${description}\n${lines.join('\n')}`;
    })
    .join('\n');
}

export const READING = `How fields are read, in every format:
  nothing   empty, nan, NaN, NULL, None, N/A, #N/A, - and the like in ids, numbers and dates
  ids       1001.0 is 1001; ="007" and '007 are 007
  numbers   1.0, 1,234.56, 1.234,56, 1 234, (2.55), 2.55-, and signs of the database's currency; 1,234 alone needs a
            number in the file that proves what the comma is, or --decimal
  dates     ISO 8601, 31 Jan 2026, Jan 31, 2026; 3/4/2026 where another row proves the order, or with --dates
  columns   case, blanks and signs of a header do not matter; columns that were not read are named at the end
  repeats   equal rows of customers, products, events and connections are one

Exit codes: 0 rows were taken in, or were there already; 1 the file cannot be read, has no rows, all of them were
rejected, or rows were lost in a quote that is not closed; 2 wrong arguments; 3 another process holds the database;
4 it cannot be reached. Rows rejected beside others that were taken in leave the code at 0.`;
