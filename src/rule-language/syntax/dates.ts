/** Resolves dates as written to periods in a time zone. `now` is a parameter. */
import type { DateLiteral, Duration, TimeUnit } from './tree.ts';

export interface TimeContext {
  readonly now: Date;
  /** IANA name. */
  readonly timeZone: string;
}

/** From `start` up to, not including, `end`, in milliseconds since 1970; an instant has both equal. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A day of the calendar without a zone. */
export interface CalendarDay {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

interface AbsoluteDate extends CalendarDay {
  readonly precision: 'month' | 'day' | 'instant';
  readonly timeOfDayMs: number;
  /** Null where the time is local. */
  readonly offsetMs: number | null;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const absolutePattern =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:\d{2})?)?)?$/i;
const zonePattern = /^[a-z][a-z0-9_]*(?:\/[a-z0-9_+-]+)*$/i;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether both JavaScript and SQL know the zone by this name; offsets are refused because their signs differ there. */
export function isTimeZone(zone: string): boolean {
  if (!zonePattern.test(zone)) return false;
  try {
    formatFor(zone);
    return true;
  } catch {
    return false;
  }
}

/** Undefined for text that is not a date, such as 2024-02-30. */
export function readAbsoluteDate(text: string): AbsoluteDate | undefined {
  const [, years, months, days, hours, minutes, seconds, fraction, zone] = absolutePattern.exec(text) ?? [];
  if (years === undefined) return undefined;
  const [year, month, day] = [Number(years), Number(months), Number(days ?? 1)];
  const [hour, minute, second] = [Number(hours ?? 0), Number(minutes ?? 0), Number(seconds ?? 0)];
  const offsetMs = readOffset(zone);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || Number.isNaN(offsetMs)) return undefined;
  const timeOfDayMs = ((hour * 60 + minute) * 60 + second) * 1000 + Number((fraction ?? '').padEnd(3, '0'));
  const precision = hours !== undefined ? 'instant' : days !== undefined ? 'day' : 'month';
  return { year, month, day, precision, timeOfDayMs, offsetMs };
}

/**
 * The period of a date literal. Days, weeks, months and years are complete local days; hours and times are instants.
 */
export function resolveDate(literal: DateLiteral, context: TimeContext): Stretch {
  const zone = literal.zone ?? context.timeZone;
  const { form } = literal;
  switch (form.kind) {
    case 'absolute':
      return resolveAbsolute(readAbsoluteDate(form.text)!, zone);
    case 'named': {
      if (form.name === 'now') return instant(context.now.getTime());
      const shift = { yesterday: -1, today: 0, tomorrow: 1 }[form.name];
      return wholeDay(shiftDay(localDay(context.now.getTime(), zone), shift, 'd'), zone);
    }
    case 'relative':
      if (form.unit === 'h') return instant(context.now.getTime() + form.amount * hourMs);
      return wholeDay(shiftDay(localDay(context.now.getTime(), zone), form.amount, form.unit), zone);
    case 'calendar': {
      const [first, months] = calendarStart(localDay(context.now.getTime(), zone), form);
      const next = form.unit === 'week' ? shiftDay(first, 1, 'w') : shiftDay(first, months, 'm');
      return { start: startOfDay(first, zone), end: startOfDay(next, zone) };
    }
  }
}

/** Length in milliseconds of a duration whose length does not depend on the calendar; undefined for months and years. */
export function fixedLengthMs({ amount, unit }: Duration): number | undefined {
  const unitMs = { h: hourMs, d: dayMs, w: 7 * dayMs, m: undefined, y: undefined }[unit];
  return unitMs === undefined ? undefined : amount * unitMs;
}

/** An instant plus or minus a period: hours are exact, days and longer keep the local time of day. */
export function shiftInstant(ms: number, { amount, unit }: Duration, zone: string): number {
  // For an hour that occurs twice, the wall time means the later one.
  if (unit === 'h' || amount === 0) return ms + amount * hourMs;
  const { year, month, day } = shiftDay(localDay(ms, zone), amount, unit);
  const timeOfDayMs = (((ms + offsetAt(ms, zone)) % dayMs) + dayMs) % dayMs;
  return toInstant(Date.UTC(year, month - 1, day) + timeOfDayMs, zone);
}

/** The local day of an instant. */
export function localDay(ms: number, zone: string): CalendarDay {
  const local = new Date(ms + offsetAt(ms, zone));
  return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() };
}

/** The instant at which the day begins in the zone. */
export function startOfDay({ year, month, day }: CalendarDay, zone: string): number {
  return toInstant(Date.UTC(year, month - 1, day), zone);
}

/** Adds to a day; a day that a month lacks becomes its last (31 January + 1m is 28 or 29 February). */
export function shiftDay(from: CalendarDay, amount: number, unit: Exclude<TimeUnit, 'h'>): CalendarDay {
  if (unit === 'd' || unit === 'w') {
    const moved = new Date(Date.UTC(from.year, from.month - 1, from.day + amount * (unit === 'w' ? 7 : 1)));
    return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
  }
  const months = from.year * 12 + from.month - 1 + amount * (unit === 'y' ? 12 : 1);
  const [year, month] = [Math.floor(months / 12), (((months % 12) + 12) % 12) + 1];
  return { year, month, day: Math.min(from.day, daysIn(year, month)) };
}

/** First and last local day of the anniversary window. */
export function anniversaryWindow(
  direction: 'next' | 'last',
  { amount, unit }: Duration,
  { now, timeZone }: TimeContext,
): { readonly first: CalendarDay; readonly last: CalendarDay } {
  const today = localDay(now.getTime(), timeZone);
  const edge = shiftDay(today, direction === 'next' ? amount : -amount, unit === 'h' ? 'd' : unit);
  return direction === 'next' ? { first: today, last: edge } : { first: edge, last: today };
}

/** Reads '2024-01-31'. */
export function readDay(text: string): CalendarDay {
  const [year, month, day] = text.split('-').map(Number);
  return { year: year!, month: month!, day: day! };
}

export function formatDay({ year, month, day }: CalendarDay): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

function resolveAbsolute(date: AbsoluteDate, zone: string): Stretch {
  if (date.precision === 'instant') {
    const local = Date.UTC(date.year, date.month - 1, date.day) + date.timeOfDayMs;
    return instant(date.offsetMs === null ? toInstant(local, zone) : local - date.offsetMs);
  }
  if (date.precision === 'day') return wholeDay(date, zone);
  return { start: startOfDay(date, zone), end: startOfDay(shiftDay(date, 1, 'm'), zone) };
}

/** First day of the period and its length in months (weeks have none). Weeks begin on Monday. */
function calendarStart(
  today: CalendarDay,
  { which, unit }: { which: 'last' | 'this' | 'next'; unit: 'week' | 'month' | 'quarter' | 'year' },
): [CalendarDay, number] {
  const steps = { last: -1, this: 0, next: 1 }[which];
  if (unit === 'week') {
    const weekday = (new Date(Date.UTC(today.year, today.month - 1, today.day)).getUTCDay() + 6) % 7;
    return [shiftDay(shiftDay(today, -weekday, 'd'), steps, 'w'), 0];
  }
  const months = { month: 1, quarter: 3, year: 12 }[unit];
  const month = Math.floor((today.month - 1) / months) * months + 1;
  return [shiftDay({ year: today.year, month, day: 1 }, steps * months, 'm'), months];
}

function wholeDay(day: CalendarDay, zone: string): Stretch {
  return { start: startOfDay(day, zone), end: startOfDay(shiftDay(day, 1, 'd'), zone) };
}

function instant(ms: number): Stretch {
  return { start: ms, end: ms };
}

/** Local wall time to instant; a time that a clock change skips uses the offset before the change, as in SQL. */
function toInstant(localMs: number, zone: string): number {
  const before = localMs - offsetAt(localMs - dayMs, zone);
  const after = localMs - offsetAt(localMs + dayMs, zone);
  if (before + offsetAt(before, zone) === localMs) {
    // It occurs twice when clocks go back: SQL takes the later one, in standard time.
    return after + offsetAt(after, zone) === localMs ? Math.max(before, after) : before;
  }
  return after + offsetAt(after, zone) === localMs ? after : before;
}

/** Offset of the zone from UTC at an instant, in milliseconds. */
function offsetAt(ms: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatFor(zone).formatToParts(ms)) parts[type] = Number(value);
  const wholeSeconds = Math.floor(ms / 1000) * 1000;
  const { year, month, day, hour, minute, second } = parts;
  return Date.UTC(year!, month! - 1, day, hour, minute, second) - wholeSeconds;
}

function formatFor(zone: string): Intl.DateTimeFormat {
  const name = zone.toLowerCase();
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      calendar: 'gregory',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(name, format);
  }
  return format;
}

/** NaN for an offset that no zone has. */
function readOffset(zone: string | undefined): number | null {
  if (zone === undefined) return null;
  if (zone.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = zone.slice(1).split(':').map(Number);
  if (hours! > 14 || minutes! > 59) return Number.NaN;
  return (zone.startsWith('-') ? -1 : 1) * (hours! * 60 + minutes!) * 60_000;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
