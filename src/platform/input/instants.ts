/** Instants from outside: within what every database can hold, and no later than now for what has happened. */
import { InvalidInputError } from '../errors.ts';

/** How far the clock of a sender may be ahead of ours. */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;

const FIRST_YEAR = 1900;
const LAST_YEAR = 2200;

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
