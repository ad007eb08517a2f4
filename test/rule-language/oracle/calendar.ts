/** Dates of rules by brute force: days are milliseconds at midnight UTC, and instants of wall times are searched for. */
import type { DateForm, DateLiteral, Duration, TimeUnit } from '#rule-language/syntax/tree.ts';

export interface Present {
  readonly now: Date;
  readonly timeZone: string;
}

/** From `start` up to, not including, `end`; both are equal for an instant. */
interface Span {
  readonly start: number;
  readonly end: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const UNIT_MS = { h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS };

export function spanOf({ form, zone }: DateLiteral, { now, timeZone }: Present): Span {
  const place = zone ?? timeZone;
  if (form.kind === 'absolute') return absoluteSpan(form.text.toUpperCase(), place);
  if (form.kind === 'named' && form.name === 'now') return { start: now.getTime(), end: now.getTime() };
  if (form.kind === 'relative' && form.unit === 'h') {
    const at = now.getTime() + form.amount * HOUR_MS;
    return { start: at, end: at };
  }
  const [first, next] = daysOf(form, dayAt(now.getTime(), place));
  return { start: instantOf(first, place), end: instantOf(next, place) };
}

/** Days and longer keep the time that clocks show. */
export function moveInstant(at: number, amount: number, unit: TimeUnit, zone: string): number {
  if (unit === 'h' || amount === 0) return at + amount * HOUR_MS;
  const day = dayAt(at, zone);
  return instantOf(moveDay(day, amount, unit) + (wallTimeAt(at, zone) - day), zone);
}

export function lengthMs({ amount, unit }: Duration): number {
  if (unit === 'm' || unit === 'y') throw new Error(`the length of ${amount}${unit} depends on the calendar`);
  return amount * UNIT_MS[unit];
}

export function startOfWrittenDay(text: string, zone: string): number {
  return instantOf(Date.parse(`${text}T00:00:00Z`), zone);
}

/** Looks at each day of the window: whether it is the day and the month of `at` in a later year. */
export function comesRound(
  at: number,
  direction: 'next' | 'last',
  { amount, unit }: Duration,
  { now, timeZone }: Present,
): boolean {
  const born = new Date(dayAt(at, timeZone));
  const today = dayAt(now.getTime(), timeZone);
  const edge = moveDay(today, direction === 'next' ? amount : -amount, unit);
  for (let day = Math.min(today, edge); day <= Math.max(today, edge); day += DAY_MS) {
    const date = new Date(day);
    if (date.getUTCFullYear() > born.getUTCFullYear() && isDayOf(born, date)) return true;
  }
  return false;
}

function isDayOf(born: Date, date: Date): boolean {
  const text = date.toISOString().slice(5, 10);
  const bornText = born.toISOString().slice(5, 10);
  // 29 February is the 28th in years that have none: the day after it is in March.
  const isLastOfFebruary = text === '02-28' && new Date(date.getTime() + DAY_MS).getUTCMonth() === 2;
  return text === bornText || (bornText === '02-29' && isLastOfFebruary);
}

function absoluteSpan(text: string, zone: string): Span {
  if (text.includes('T')) {
    const hasOffset = /(?:Z|[+-]\d\d:\d\d)$/.test(text);
    const at = hasOffset ? Date.parse(text) : instantOf(Date.parse(`${text}Z`), zone);
    return { start: at, end: at };
  }
  const first = Date.parse(text);
  const next = text.length === 7 ? firstOfMonth(first, 1) : first + DAY_MS;
  return { start: instantOf(first, zone), end: instantOf(next, zone) };
}

/** The first day, and the one after the last. */
function daysOf(form: Exclude<DateForm, { kind: 'absolute' }>, today: number): readonly [number, number] {
  switch (form.kind) {
    case 'named': {
      const day = today + (form.name === 'yesterday' ? -DAY_MS : form.name === 'tomorrow' ? DAY_MS : 0);
      return [day, day + DAY_MS];
    }
    case 'relative': {
      const day = moveDay(today, form.amount, form.unit);
      return [day, day + DAY_MS];
    }
    case 'calendar': {
      const steps = form.which === 'last' ? -1 : form.which === 'next' ? 1 : 0;
      if (form.unit === 'week') {
        let monday = today + steps * 7 * DAY_MS;
        while (new Date(monday).getUTCDay() !== 1) monday -= DAY_MS;
        return [monday, monday + 7 * DAY_MS];
      }
      const months = form.unit === 'month' ? 1 : form.unit === 'quarter' ? 3 : 12;
      const since = new Date(today).getUTCMonth() % months;
      return [
        firstOfMonth(today, steps * months - since),
        firstOfMonth(today, steps * months - since + months),
      ];
    }
  }
}

/** A day that a month does not have becomes its last. */
function moveDay(day: number, amount: number, unit: TimeUnit): number {
  if (unit !== 'm' && unit !== 'y') return day + amount * UNIT_MS[unit];
  const first = firstOfMonth(day, unit === 'y' ? 12 * amount : amount);
  return Math.min(first + day - firstOfMonth(day, 0), firstOfMonth(first, 1) - DAY_MS);
}

function firstOfMonth(day: number, months: number): number {
  const date = new Date(day);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
}

function dayAt(at: number, zone: string): number {
  return Math.floor(wallTimeAt(at, zone) / DAY_MS) * DAY_MS;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What clocks of the zone show, as if they were in UTC. */
function wallTimeAt(at: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(zone, format);
  }
  const second = Math.floor(at / 1000) * 1000;
  return Date.parse(`${format.format(second).replace(' ', 'T')}Z`) + (at - second);
}

const instants = new Map<string, number>();

/**
 * Tries what clocks were ahead of UTC in each hour of the two days around. Of two instants the later is meant, as in SQL; a time
 * that clocks skip counts by those before.
 */
function instantOf(wallTime: number, zone: string): number {
  const key = `${zone} ${wallTime}`;
  let instant = instants.get(key);
  if (instant === undefined) {
    const ahead: number[] = [];
    for (let at = wallTime - DAY_MS; at <= wallTime + DAY_MS; at += HOUR_MS)
      ahead.push(wallTimeAt(at, zone) - at);
    const fits = ahead.map((ms) => wallTime - ms).filter((at) => wallTimeAt(at, zone) === wallTime);
    instant = fits.length === 0 ? wallTime - ahead[0]! : Math.max(...fits);
    instants.set(key, instant);
  }
  return instant;
}
