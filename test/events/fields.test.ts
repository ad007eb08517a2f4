import { type DateReading, proveDateOrder, readInstant } from '#events/import/dates.ts';
import { readField, RowError } from '#events/import/fields.ts';
import type { ColumnKind } from '#events/import/format.ts';
import { type DecimalMark, readNumber } from '#events/import/numbers.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const DATES: DateReading = { order: null, numbers: null, zone: 'UTC' };
const read = (
  kind: ColumnKind,
  text: string,
  reading: Partial<DateReading> = {},
  decimals: DecimalMark = null,
) =>
  readField({ name: 'field', kind }, text, {
    reading: { dates: { ...DATES, ...reading }, decimals },
    currency: 'GBP',
  });

describe('nothing', () => {
  test.each(['', ' ', 'nan', 'NaN', 'NULL', 'None', 'N/A', '#N/A', '-', '\\N', '<NA>', 'NaT'])(
    '%j is no id, number or instant',
    (text) => {
      const kinds = ['id', 'whole', 'amount', 'date', 'word', 'json', 'currency'] as const;
      expect(kinds.filter((kind) => read(kind, text) !== '')).toEqual([]);
    },
  );

  test('is told from names and countries that look like it', () => {
    expect(['Null', 'None', 'NA', '-'].map((text) => read('text', text))).toEqual([
      'Null',
      'None',
      'NA',
      '-',
    ]);
    expect(['nan', 'NULL', '#N/A'].map((text) => read('text', text))).toEqual(['', '', '']);
  });
});

test('takes ids as their source has them, not as a spreadsheet or a data frame writes them', () => {
  expect(
    ['1001.0', '17850.00', '="00123"', "'+447700900111", ' A-1 ', '1.5', '10.0b'].map((text) =>
      read('id', text),
    ),
  ).toEqual(['1001', '17850', '00123', '+447700900111', 'A-1', '1.5', '10.0b']);
  expect(() => read('id', '4.47700900123E+11')).toThrow(/has cut the digits/);
});

test.each([
  ['1.0', null, '1'],
  ['-2', null, '-2'],
  ['1,234.56', null, '1234.56'],
  ['1.234,56', null, '1234.56'],
  ['1.234.567', null, '1234567'],
  ['2,55', null, '2.55'],
  ['1 234,5', null, '1234.5'],
  ["1'234.50", null, '1234.5'],
  ['(2.55)', null, '-2.55'],
  ['2.55-', null, '-2.55'],
  ['\u22122.55', null, '-2.55'],
  ['.5', null, '0.5'],
  ['1.5E+2', null, '150'],
  ['1.000', null, '1'],
  ['1.000', 'comma', '1000'],
  ['1,000', 'point', '1000'],
  ['1,000', 'comma', '1'],
  ['1,000', null, null],
  ['1,000', 'mixed', null],
  ['1.000', 'mixed', null],
  ['12,34,567', null, null],
  ['1 2', null, null],
  ['--1', null, null],
  ['many', null, null],
] as const)('reads the number %j of a file with a decimal %s as %s', (text, decimals, expected) => {
  expect(readNumber(text, decimals)?.text ?? null).toBe(expected);
});

test('reads every amount that it is given in any common form', () => {
  const forms = [
    (whole: string, cents: string) => `${whole}.${cents}`,
    (whole: string, cents: string) => `${whole},${cents}`,
    (whole: string, cents: string) => `${whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')}.${cents}`,
    (whole: string, cents: string) => `${whole.replaceAll(/\B(?=(\d{3})+$)/g, '.')},${cents}`,
    (whole: string, cents: string) => `${whole.replaceAll(/\B(?=(\d{3})+$)/g, '\u00a0')},${cents}`,
    (whole: string, cents: string) => `£${whole}.${cents}`,
    (whole: string, cents: string) => `${whole},${cents} GBP`,
  ];
  const amount = fc.record({
    minor: fc.integer({ min: 0, max: 999_999_999 }),
    isNegative: fc.boolean(),
    form: fc.constantFrom(...forms),
  });
  fc.assert(
    fc.property(amount, ({ minor, isNegative, form }) => {
      const text = form(String(Math.floor(minor / 100)), String(minor % 100).padStart(2, '0'));

      const value = read('amount', isNegative ? `-${text}` : text);

      expect(Math.round(Number(value) * 100) || 0).toBe((isNegative ? -minor : minor) || 0);
    }),
    { numRuns: 500 },
  );
});

test('refuses another currency, and whole numbers that are none', () => {
  expect(read('amount', '£2.55')).toBe('2.55');
  expect(read('currency', 'gbp')).toBe('');
  for (const text of ['2.55 €', 'USD 3', '$1,000.50']) {
    expect(() => read('amount', text)).toThrow(/not GBP, the currency of this database/);
  }
  expect(() => read('currency', 'JPY')).toThrow(RowError);
  expect(() => read('whole', '1.5')).toThrow(/whole number/);
  expect(read('amount', '2.5500000000000003')).toBe('2.55');
});

test.each([
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026/1/3 5:06', '2026-01-03T05:06:00.000Z'],
  ['20260131', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31 10:00:00+01:00', '2026-01-31T09:00:00.000Z'],
  ['2026-01-31T10:00:00.123456Z', '2026-01-31T10:00:00.123Z'],
  ['31.01.2026 10:00', '2026-01-31T10:00:00.000Z'],
  ['31-Jan-26', '2026-01-31T00:00:00.000Z'],
  ['31 January 2026 10:00 pm', '2026-01-31T22:00:00.000Z'],
  ['Jan 31, 2026', '2026-01-31T00:00:00.000Z'],
  ['Sat, 31 Jan 2026 10:00:00 +0000', '2026-01-31T10:00:00.000Z'],
  ['4/4/2026', '2026-04-04T00:00:00.000Z'],
  ['2026-02-29', null],
  ['2026-13-01', null],
  ['2026-01-31 24:00', null],
  ['31 Smarch 2026', null],
  ['3/4/2026', null],
  ['46053', null],
  ['1769853600', null],
])('reads the instant %j as %s without being told anything', (text, expected) => {
  const atMs = readInstant(text, DATES);
  expect(atMs === null ? null : new Date(atMs).toISOString()).toBe(expected);
});

test('reads days first or months first as it is told, and proves either from a day beyond 12', () => {
  expect(read('date', '3/4/2026 10:00', { order: 'dmy' })).toBe('2026-04-03T10:00:00.000Z');
  expect(read('date', '3/4/2026 10:00', { order: 'mdy' })).toBe('2026-03-04T10:00:00.000Z');
  expect(read('date', '1/31/2026 10:00:00 PM', { order: 'mdy' })).toBe('2026-01-31T22:00:00.000Z');
  expect(() => read('date', '3/4/2026')).toThrow(/--dates dmy or --dates mdy/);
  expect(() => read('date', '31/1/2026', { order: 'mdy' })).toThrow(RowError);
  expect(
    ['13/4/2026', '4/13/2026', '3/4/2026', '4/4/2026', '2026-04-13', '3.4.2026'].map(proveDateOrder),
  ).toEqual(['dmy', 'mdy', 'either', null, null, null]);
});

test('reads numbers of days and seconds where it is told so, and says how where it is not', () => {
  expect(read('date', '46053.5', { numbers: 'excel' })).toBe('2026-01-31T12:00:00.000Z');
  expect(read('date', '1769853600', { numbers: 'unix' })).toBe('2026-01-31T10:00:00.000Z');
  expect(read('date', '1769853600123', { numbers: 'unix' })).toBe('2026-01-31T10:00:00.123Z');
  expect(() => read('date', '46053')).toThrow(/--dates excel/);
  expect(() => read('date', '1769853600')).toThrow(/--dates unix/);
});

test('takes times without a zone in the zone it is told, over the changes of its clocks', () => {
  const times = ['2026-01-31 12:00:00', '2026-07-31 12:00:00', '2026-10-25 01:30:00', '2026-07-31 12:00:00Z'];

  expect(times.map((text) => read('date', text, { zone: 'Europe/London' }))).toEqual([
    '2026-01-31T12:00:00.000Z',
    '2026-07-31T11:00:00.000Z',
    '2026-10-25T00:30:00.000Z',
    '2026-07-31T12:00:00.000Z',
  ]);
});
