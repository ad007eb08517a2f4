import { CsvReader, readFields } from '#events/import/csv.ts';
import { ImportError } from '#events/import/errors.ts';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

interface ReadRecord {
  readonly line: number;
  readonly fields: readonly string[];
  readonly problem: string | null;
}

function read(text: string, pieceLength = text.length || 1): ReadRecord[] {
  const reader = new CsvReader();
  const records: ReadRecord[] = [];
  const readAll = () => {
    while (reader.next()) {
      records.push({ line: reader.line, fields: readFields(reader), problem: reader.problem });
    }
  };
  for (let start = 0; start < text.length; start += pieceLength) {
    reader.push(text.slice(start, start + pieceLength));
    readAll();
  }
  reader.end();
  readAll();
  return records;
}

const quote = (field: string) => `"${field.replaceAll('"', '""')}"`;
const field = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r', 'é', '🎁') }).map(quote),
  fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'é', "'", '|') }),
);
const file = fc
  .record({
    rows: fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
    newline: fc.constantFrom('\n', '\r\n'),
    isEnded: fc.boolean(),
  })
  .map(
    ({ rows, newline, isEnded }) => rows.map((row) => row.join(',')).join(newline) + (isEnded ? newline : ''),
  );

test('reads what csv-parse reads, in pieces of any length', () => {
  fc.assert(
    fc.property(file, fc.integer({ min: 1, max: 40 }), (text, pieceLength) => {
      const records = read(text, pieceLength);

      expect(records.map(({ problem }) => problem)).toEqual(records.map(() => null));
      expect(records.map(({ fields }) => fields)).toEqual(
        parse(text, { relax_column_count: true }).filter((fields) => fields.join('').trim() !== ''),
      );
    }),
    { numRuns: 500 },
  );
});

test('knows the line that each record begins on', () => {
  expect(read('a,b\n"1\n2",x\r\n\n3,y\n').map(({ line, fields }) => [line, fields])).toEqual([
    [1, ['a', 'b']],
    [2, ['1\n2', 'x']],
    [5, ['3', 'y']],
  ]);
});

test('leaves a byte order mark out of the first field', () => {
  expect(read('\uFEFFa,b\n')[0]!.fields).toEqual(['a', 'b']);
});

test('tells of a broken record and goes on at the next line', () => {
  const records = read('a,b\nx"y,1\n"x"y,2\nz,3\n', 3);

  expect(records.map(({ line, problem }) => [line, problem !== null])).toEqual([
    [1, false],
    [2, true],
    [3, true],
    [4, false],
  ]);
});

test('tells of a field that is too long, and of a NUL', () => {
  const [long, nul, fine] = read(`${'x'.repeat(1_000_000)},1\na\u0000b,1\nb,2\n`, 65_536);

  expect(long!.problem).toContain('1000000 characters');
  expect(nul!.problem).toContain('NUL');
  expect(fine).toMatchObject({ line: 3, problem: null });
});

test('stops at a quote that is never closed, and names its line', () => {
  expect(() => read(`a,b\n"x,1\n${'y,2\n'.repeat(2_000_000)}`, 65_536)).toThrow(ImportError);
  expect(() => read(`a,b\n"x,1\n${'y,2\n'.repeat(2_000_000)}`, 65_536)).toThrow(/line 2:/);
});
