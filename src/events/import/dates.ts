/** Parses instants in the notations of programs, spreadsheets and databases. Pure: null for anything else. */
import { trimField } from './values.ts';

export const DATE_CHOICES = ['iso', 'dmy', 'mdy', 'excel', 'unix'] as const;
export type DateChoice = (typeof DATE_CHOICES)[number];

/** How the dates of one file are read. */
export interface DateReading {
  /** Order of day and month in `3/4/2026`; null where no row shows it, so that such dates are refused. */
  readonly order: 'dmy' | 'mdy' | null;
  /** Meaning of a bare number: days of a spreadsheet, or seconds or milliseconds since 1970. */
  readonly numbers: 'excel' | 'unix' | null;
  /** IANA time zone of times without one. */
  readonly zone: string;
}

const DIGIT_0 = 48;
const TIME = String.raw`(?:(?:T|,?\s+)(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?\s*(?<half>[AaPp]\.?[Mm]\.?)?)?\s*(?<zone>Z|(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?|UTC|GMT)?(?:\s*\([^)]*\))?$`;
const YEAR_FIRST = new RegExp(
  String.raw`^(?<year>\d{4})(?<mark>[-/.])(?<month>\d{1,2})\k<mark>(?<day>\d{1,2})${TIME}`,
);
const COMPACT =
  /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})(?:T?(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})?)?(?<zone>Z)?$/;
const YEAR_LAST = new RegExp(
  String.raw`^(?<first>\d{1,2})(?<mark>[-/.])(?<second_>\d{1,2})\k<mark>(?<year>\d{4}|\d{2})${TIME}`,
);
const WEEKDAY = String.raw`(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?\s+)?`;
const DAY_AND_NAME = new RegExp(
  String.raw`^${WEEKDAY}(?<day>\d{1,2})(?:st|nd|rd|th)?[\s.-]+(?<name>[A-Za-z]{3,9})\.?,?[\s-]+(?<year>\d{4}|\d{2})${TIME}`,
  'i',
);
const NAME_AND_DAY = new RegExp(
  String.raw`^${WEEKDAY}(?<name>[A-Za-z]{3,9})\.?\s+(?<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?<year>\d{4})${TIME}`,
  'i',
);
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** The order that a field shows, day or month first; `either` if ambiguous, null if not such a date. */
export function proveDateOrder(text: string): 'dmy' | 'mdy' | 'either' | null {
  const groups = YEAR_LAST.exec(text)?.groups;
  if (groups === undefined) return null;
  const [first, second] = [Number(groups['first']), Number(groups['second_'])];
  if (first === second && first <= 12) return null;
  if (first > 12 && second <= 12) return 'dmy';
  if (second > 12 && first <= 12) return 'mdy';
  if (first > 12) return null;
  // Dates with points are day first; they show nothing about other dates.
  return groups['mark'] === '.' ? null : 'either';
}

/** Milliseconds since 1970; null where the text is not an instant, or ambiguous. */
export function readInstant(field: string, reading: DateReading): number | null {
  const plain = field.length === 19 && reading.zone === 'UTC' ? readPlainInstant(field) : null;
  if (plain !== null) return plain;
  const text = trimField(field);
  if (text.length > 80) return null;
  const groups = (
    YEAR_FIRST.exec(text) ??
    COMPACT.exec(text) ??
    DAY_AND_NAME.exec(text) ??
    NAME_AND_DAY.exec(text)
  )?.groups;
  if (groups !== undefined) {
    const { name } = groups;
    const month = name === undefined ? Number(groups['month']) : monthOf(name);
    return toInstant(groups, month, Number(groups['day']), reading.zone);
  }
  const numeric = YEAR_LAST.exec(text)?.groups;
  if (numeric !== undefined) {
    const [first, second] = [Number(numeric['first']), Number(numeric['second_'])];
    const order = reading.order ?? (numeric['mark'] === '.' || first === second ? 'dmy' : null);
    if (order === null) return null;
    return order === 'dmy'
      ? toInstant(numeric, second, first, reading.zone)
      : toInstant(numeric, first, second, reading.zone);
  }
  return readNumberOfTime(text, reading);
}

/** The expected form, for the user who corrects the file. */
export function describeDateProblem(field: string, { order, numbers }: DateReading): string {
  const text = trimField(field);
  if (order === null && proveDateOrder(text) === 'either') {
    return `${JSON.stringify(text)} can be read day first or month first; say --dates dmy or --dates mdy`;
  }
  if (numbers === null && /^\d{5}(\.\d+)?$/.test(text)) {
    return `${text} looks like a spreadsheet's number of days; say --dates excel, or format the column as a date`;
  }
  if (numbers === null && /^\d{10}(\d{3})?(\.\d+)?$/.test(text)) {
    return `${text} looks like seconds or milliseconds since 1970; say --dates unix`;
  }
  return `expected a time such as 2026-01-31T12:00:00Z, got ${JSON.stringify(text.slice(0, 80))}`;
}

type Groups = Readonly<Record<string, string | undefined>>;

function toInstant(groups: Groups, month: number, day: number, zone: string): number | null {
  const shortYear = groups['year']!;
  // Two-digit years as in POSIX: 69 is 1969, 68 is 2068.
  const year =
    shortYear.length === 2 ? Number(shortYear) + (Number(shortYear) < 69 ? 2000 : 1900) : Number(shortYear);
  if (!isDay(year, month, day)) return null;
  const half = groups['half']?.toLowerCase().charAt(0);
  let hour = Number(groups['hour'] ?? 0);
  const [minute, second] = [Number(groups['minute'] ?? 0), Number(groups['second'] ?? 0)];
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half === 'p' ? 12 : 0);
  }
  if (hour > 23 || minute > 59 || second > 59) return null;
  const milliseconds = Number((groups['fraction'] ?? '0').padEnd(3, '0').slice(0, 3));
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  const offset = groups['zone'];
  if (offset === undefined) return zone === 'UTC' ? localMs : localMs - offsetOf(zone, localMs);
  const signed = /([+-])(\d{2}):?(\d{2})?$/.exec(offset);
  if (signed === null) return localMs;
  const minutes = Number(signed[2]) * 60 + Number(signed[3] ?? 0);
  if (minutes > 14 * 60 || Number(signed[3] ?? 0) > 59) return null;
  return localMs - (signed[1] === '-' ? -minutes : minutes) * 60_000;
}

function monthOf(name: string): number {
  const lower = name.toLowerCase();
  const short = lower === 'sept' ? 'sep' : lower;
  return MONTHS.findIndex((month) => month === short || month.slice(0, 3) === short) + 1;
}

/** Days of a spreadsheet count from 1899-12-30, which compensates its 29 February 1900. */
const EXCEL_EPOCH_MS = Date.UTC(1899, 11, 30);
const DAY_MS = 86_400_000;

function readNumberOfTime(text: string, { numbers, zone }: DateReading): number | null {
  if (numbers === null || !/^\d{1,13}(\.\d+)?$/.test(text)) return null;
  const value = Number(text);
  if (numbers === 'unix') return Math.round(value >= 1e11 ? value : value * 1000);
  if (value < 61 || value >= 200_000) return null;
  const localMs = EXCEL_EPOCH_MS + Math.round(value * 86_400) * 1000;
  return localMs - (zone === 'UTC' ? 0 : offsetOf(zone, localMs));
}

const formats = new Map<string, Intl.DateTimeFormat>();
/** Cache of offsets by zone and hour: formatting costs a hundred times a lookup. */
const offsets = new Map<string, number>();
const HOUR_MS = 3_600_000;

/** Offset of a zone from UTC in milliseconds at this local time; the earlier of two where the clocks go back. */
function offsetOf(zone: string, localMs: number): number {
  const key = `${zone} ${Math.floor(localMs / (HOUR_MS / 4))}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    const candidates = [offsetAt(zone, localMs - DAY_MS), offsetAt(zone, localMs + DAY_MS)];
    // The offset before a clock change applies to repeated and skipped times.
    offset =
      candidates.find((candidate) => offsetAt(zone, localMs - candidate) === candidate) ?? candidates[0]!;
    if (offsets.size > 50_000) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}

function offsetAt(zone: string, atMs: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type)!;
  const shownMs = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shownMs - Math.floor(atMs / 1000) * 1000;
}

/** Whether the time zone exists. */
export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** `2010-12-01 08:26:00` digit by digit: most rows of a large file, at a tenth of the cost of a pattern. */
function readPlainInstant(text: string): number | null {
  const number = (start: number, length: number): number => {
    let value = 0;
    for (let position = start; position < start + length; position += 1) {
      const digit = text.charCodeAt(position) - DIGIT_0;
      if (digit < 0 || digit > 9) return Number.NaN;
      value = value * 10 + digit;
    }
    return value;
  };
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return null;
  const [year, month, day] = [number(0, 4), number(5, 2), number(8, 2)];
  const [hour, minute, second] = [number(11, 2), number(14, 2), number(17, 2)];
  if (!isDay(year, month, day) || !(hour < 24 && minute < 60 && second < 60)) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDay(year: number, month: number, day: number): boolean {
  if (!(year >= 1000 && month >= 1 && month <= 12 && day >= 1)) return false;
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= DAYS_OF_MONTH[month - 1]! || (month === 2 && day === 29 && isLeapYear);
}
