/** Random tables are read back as they were written, and of damaged files every line is accounted for. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { openCsvFile, readRows } from '#events/import/csv-file.ts';
import { ImportError } from '#events/import/errors.ts';
import type { Column, ImportFormat } from '#events/import/format.ts';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

let file: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'c360-fuzz-'));
  file = join(folder, 'file.csv');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const column = (name: string): Column => ({ name, kind: 'text', description: name, isRequired: true });
const format: ImportFormat = {
  description: 'three texts',
  columns: ['id', 'first text', 'second_text'].map(column),
  defaultSource: 'test',
  start: () => Promise.reject(new Error('nothing is written here')),
};

interface ReadFile {
  readonly rows: readonly (readonly string[])[];
  readonly problems: readonly string[];
  /** Lines of rows, of the header, before it, and blank ones. */
  readonly accountedLines: number;
  readonly lineCount: number;
  readonly textBytes: number;
}

async function read(bytes: Uint8Array): Promise<ReadFile> {
  await writeFile(file, bytes);
  const opened = await openCsvFile(file, format, {});
  const rows: string[][] = [];
  const problems: string[] = [];
  const progress = { bytesRead: 0, textBytes: 0 };
  let rowLines = 0;
  let lineCount = 0;
  let blank = 0;
  let expectedLine = opened.lines.beforeHeader + opened.lines.header;
  for await (const { records, row } of readRows(opened, progress)) {
    while (records.next()) {
      expect(records.line).toBeGreaterThan(expectedLine);
      expectedLine = records.lastLine;
      rowLines += records.lastLine - records.line + 1;
      if (row.problem === null) rows.push(row.values());
      else problems.push(row.problem);
    }
    lineCount = records.lastLine;
    blank = records.blankLineCount;
  }
  const { beforeHeader, header } = opened.lines;
  return {
    rows,
    problems,
    accountedLines: beforeHeader + header + blank + rowLines,
    lineCount,
    textBytes: progress.textBytes,
  };
}

const letters = ['a', 'B', '7', ' ', ',', ';', '\t', '|', '"', '\n', 'é', 'ß', '.'];
const field = fc.string({ unit: fc.constantFrom(...letters), maxLength: 8 });
const table = fc.array(
  fc.tuple(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), field, field).map((row) => [...row]),
  { minLength: 1, maxLength: 8 },
);
const encodings = {
  'utf-8': (text: string) => Buffer.from(text),
  'utf-8 with a mark': (text: string) => Buffer.from(`\uFEFF${text}`),
  'utf-16le': (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'utf-16be': (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
  'windows-1252': (text: string) => Buffer.from(text, 'latin1'),
  packed: (text: string) => gzipSync(text),
} as const;
const form = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  newline: fc.constantFrom('\n', '\r\n'),
  encoding: fc.constantFrom(...(Object.keys(encodings) as (keyof typeof encodings)[])),
  quotesAll: fc.boolean(),
  isEnded: fc.boolean(),
  preamble: fc.constantFrom('', 'A report\n', '\n\n', 'sep='),
});

test('reads a table back as it was written, whatever delimiter, quotes, line ends and encoding it has', async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      form,
      async (rows, { delimiter, newline, encoding, quotesAll, isEnded, preamble }) => {
        const write = (text: string) =>
          quotesAll || /["\n,;\t|]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        const lines = [['ID', 'First-Text', 'second text'], ...rows].map((row) =>
          row.map(write).join(delimiter),
        );
        const before = preamble === 'sep=' ? `sep=${delimiter}${newline}` : preamble;
        const bytes = encodings[encoding](before + lines.join(newline) + (isEnded ? newline : ''));

        const result = await read(bytes);

        expect(result.problems).toEqual([]);
        expect(result.rows).toEqual(rows);
        expect(result.accountedLines).toBe(result.lineCount);
      },
    ),
    {
      numRuns: 300,
      examples: [
        [
          [['a', '', 'ß']],
          {
            delimiter: ',',
            newline: '\n',
            encoding: 'windows-1252',
            quotesAll: false,
            isEnded: false,
            preamble: '',
          },
        ],
      ],
    },
  );
});

test('accounts for every line of a damaged file, or refuses it in words', async () => {
  const damage = fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.integer({ min: 0, max: 12 }),
      instead: fc.uint8Array({ maxLength: 3 }),
    }),
    { maxLength: 4 },
  );
  let readCount = 0;
  await fc.assert(
    fc.asyncProperty(table, damage, fc.boolean(), async (rows, damages, isPacked) => {
      const text = ['id,first text,second_text', ...rows.map((row) => row.join(','))].join('\n');
      let bytes = Buffer.from(text.repeat(3));
      for (const { at, length, instead } of damages) {
        const start = Math.floor(at * bytes.length);
        bytes = Buffer.concat([bytes.subarray(0, start), instead, bytes.subarray(start + length)]);
      }

      const result = await read(isPacked ? gzipSync(bytes) : bytes).catch((error: unknown) => {
        if (error instanceof ImportError) return null;
        throw error;
      });

      if (result === null) return;
      readCount += 1;
      expect(result.accountedLines).toBe(result.lineCount);
      expect(result.textBytes).toBe(bytes.length);
    }),
    { numRuns: 300 },
  );
  expect(readCount).toBeGreaterThan(50);
});
