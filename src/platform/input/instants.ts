/** Instants from outside: within what every database can hold, and no later than now for what has happened. */
import { InvalidInputError } from '../errors.ts';

/** How far the clock of a sender may be ahead of ours. */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;

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

/** Whether the calendar has the day; false for what is no number. */
export function isDay(year: number, month: number, day: number): boolean {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return false;
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= DAYS_OF_MONTH[month - 1]! || (month === 2 && day === 29 && isLeapYear);
}

const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** @throws {InvalidInputError} before 1900 or after 2200, or no instant at all. */
export function readInstant(field: string, value: Date): Date {
  const year = value.getUTCFullYear();
  // Also false for an invalid date, whose year is NaN.
  if (year >= FIRST_YEAR && year <= LAST_YEAR) return value;
  throw new InvalidInputError(field, `expected an instant between ${FIRST_YEAR} and ${LAST_YEAR}`);
}

/**
 * The instant of something that has happened, held to now where the sender's clock is a little ahead.
 * @throws {InvalidInputError} no instant, before 1900, or further ahead of now than a clock may be.
 */
export function readPastInstant(field: string, value: Date, now: Date): Date {
  const message = checkPast(readInstant(field, value).getTime(), now);
  if (message !== null) throw new InvalidInputError(field, message);
  return value > now ? now : value;
}

/** What is wrong with an instant as the time of something that has happened, or null. */
export function checkPast(atMs: number, now: Date): string | null {
  if (atMs <= now.getTime() + MAX_CLOCK_SKEW_MS) return null;
  const came = new Date(atMs).toISOString();
  return `expected an instant that has passed, at most ${MAX_CLOCK_SKEW_MS / 60_000} minutes ahead of ${now.toISOString()}, got ${came}`;
}
