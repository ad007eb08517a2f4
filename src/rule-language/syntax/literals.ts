/** Parses numbers, strings, dates and periods, and reports what is wrong with one. Resolves no dates. */
import { longestPeriod, ruleLimits } from './limits.ts';
import type { CalendarUnit, DateForm, Duration, TimeUnit } from './tree.ts';
import { isTimeZone, readAbsoluteDate } from './dates.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

export function readString(image: string): string {
  return image.slice(1, -1).replaceAll("''", "'");
}

export function faultOfString(value: string): string | undefined {
  if (value.length > ruleLimits.stringLength) {
    return `a string holds at most ${ruleLimits.stringLength} characters, this one has ${value.length}`;
  }
  if (!value.isWellFormed()) return 'a string holds whole characters, this one has half a surrogate pair';
  const control = CONTROL.exec(value)?.[0];
  if (control === undefined) return undefined;
  return `a string holds no control characters, this one has U+${control.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`;
}

export function faultOfNumber(image: string): string | undefined {
  const decimals = image.split('.')[1]?.length ?? 0;
  if (Math.abs(Number(image)) > ruleLimits.numberMagnitude) {
    return `a number lies between -${ruleLimits.numberMagnitude} and ${ruleLimits.numberMagnitude}`;
  }
  if (decimals > ruleLimits.numberDecimals) {
    return `a number has at most ${ruleLimits.numberDecimals} digits after the point`;
  }
  return undefined;
}

export function faultOfAbsoluteDate(text: string): string | undefined {
  const moment = readAbsoluteDate(text);
  if (moment === undefined) return `there is no such date as ${text}`;
  return moment.year < 1900 || moment.year > 2199 ? 'a date lies between the years 1900 and 2199' : undefined;
}

export function faultOfTimeZone(zone: string): string | undefined {
  return isTimeZone(zone)
    ? undefined
    : `"${zone}" is no time zone; write one such as 'Europe/London' or 'UTC'`;
}

/** Reads `90d`. */
export function readPeriod(image: string): Duration {
  return { amount: Number(image.slice(0, -1)), unit: image.at(-1)?.toLowerCase() as TimeUnit };
}

export function faultOfPeriod({ amount, unit }: Duration): string | undefined {
  return Math.abs(amount) > longestPeriod[unit]
    ? `at most ${longestPeriod[unit]}${unit} (a hundred years)`
    : undefined;
}

/** Reads `-90d` or `+2w`. */
export function readRelativeDate(image: string): DateForm {
  const { amount, unit } = readPeriod(image);
  // -0d and +0d are one date, and a tree must survive JSON, which has no -0.
  return { kind: 'relative', amount: amount === 0 ? 0 : amount, unit };
}

/** Reads `last month`. */
export function readCalendarPeriod(image: string): DateForm {
  const [which, unit] = image.toLowerCase().split(/\s+/);
  return { kind: 'calendar', which: which as 'last' | 'this' | 'next', unit: unit as CalendarUnit };
}
