/** Instants as Postgres writes them under `TimeZone: UTC`. Knows no column. */

const ZERO = 0x30;
const DASH = 0x2d;
const MS_PER_DAY = 86_400_000;
/** Where the seconds end and a fraction may begin. */
const SECONDS_END = 19;

/**
 * `2025-10-30 05:17:01.123456+00` as a Date, cut to milliseconds, in less than half of the time that `new Date(text)`
 * takes: a page has some hundreds. Any other form, and years before 1000, are left to `new Date`.
 */
export function parseInstant(text: string): Date {
  const end = text.length - 3;
  const isPlain = end >= SECONDS_END && text.charCodeAt(0) > ZERO && text.charCodeAt(4) === DASH;
  if (!isPlain || !text.endsWith('+00')) return new Date(text);
  const year = readDigits(text, 0) * 100 + readDigits(text, 2);
  const seconds = (readDigits(text, 11) * 60 + readDigits(text, 14)) * 60 + readDigits(text, 17);
  let milliseconds = 0;
  for (let index = SECONDS_END + 1, unit = 100; index < end && unit >= 1; index += 1, unit /= 10) {
    milliseconds += (text.charCodeAt(index) - ZERO) * unit;
  }
  const day = countDays(year, readDigits(text, 5), readDigits(text, 8));
  return new Date(day * MS_PER_DAY + seconds * 1000 + milliseconds);
}

function readDigits(text: string, start: number): number {
  return (text.charCodeAt(start) - ZERO) * 10 + text.charCodeAt(start + 1) - ZERO;
}

/** Days since 1970-01-01 in the Gregorian calendar, years counted from March (Hinnant, "chrono-compatible low-level date algorithms"). */
function countDays(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1;
  const era = Math.trunc(years / 400);
  const yearOfEra = years - era * 400;
  const dayOfYear = Math.trunc((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.trunc(yearOfEra / 4) - Math.trunc(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
