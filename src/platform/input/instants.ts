/** Validation of instants in input: within the range of every database, and not in the future for past events. */
import { InvalidInputError } from '../errors.ts';

/** Tolerance for a sender's clock that is ahead. */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;

const FIRST_YEAR = 1900;
const LAST_YEAR = 2200;

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?)$/i;

/** Whether the text is an instant with its offset, as RFC 3339 and Postgres write it, in a year from 1 to 9999. */
export function isInstantText(text: string): boolean {
  const [, year, month, day] = INSTANT.exec(text) ?? [];
  if (!isDay(Number(year), Number(month), Number(day))) return false;
  const utcYear = new Date(text).getUTCFullYear();
  return utcYear >= 1 && utcYear <= 9999;
}

/** Whether the day exists in the calendar; false for NaN. */
export function isDay(year: number, month: number, day: number): boolean {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return false;
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= DAYS_OF_MONTH[month - 1]! || (month === 2 && day === 29 && isLeapYear);
}

const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** @throws {InvalidInputError} before 1900, after 2200, or not an instant. */
export function readInstant(field: string, value: Date): Date {
  const year = value.getUTCFullYear();
  // Also false for an invalid date, whose year is NaN.
  if (year >= FIRST_YEAR && year <= LAST_YEAR) return value;
  throw new InvalidInputError(field, `expected an instant between ${FIRST_YEAR} and ${LAST_YEAR}`);
}

/**
 * The instant of a past event; an instant slightly ahead of the clock becomes now.
 * @throws {InvalidInputError} not an instant, before 1900, or further ahead of now than `MAX_CLOCK_SKEW_MS`.
 */
export function readPastInstant(field: string, value: Date, now: Date): Date {
  const message = checkPast(readInstant(field, value).getTime(), now);
  if (message !== null) throw new InvalidInputError(field, message);
  return value > now ? now : value;
}

/** Why an instant is invalid as the time of a past event, or null. */
export function checkPast(atMs: number, now: Date): string | null {
  if (atMs <= now.getTime() + MAX_CLOCK_SKEW_MS) return null;
  const came = new Date(atMs).toISOString();
  return `expected an instant that has passed, at most ${MAX_CLOCK_SKEW_MS / 60_000} minutes ahead of ${now.toISOString()}, got ${came}`;
}
