/** Reads values of a file's fields. Pure: answers null where a text is no such value. */

const PLUS = 43;
const MINUS = 45;
const DIGIT_0 = 48;
const MAX_DIGITS = 9;

/** A whole number of at most nine digits, from `start` to `end` of the text. */
export function readInteger(text: string, start = 0, end = text.length): number | null {
  const sign = text.charCodeAt(start);
  const from = sign === MINUS || sign === PLUS ? start + 1 : start;
  if (from >= end || end - from > MAX_DIGITS) return null;
  let value = 0;
  for (let position = from; position < end; position += 1) {
    const digit = text.charCodeAt(position) - DIGIT_0;
    if (!(digit >= 0 && digit <= 9)) return null;
    value = value * 10 + digit;
  }
  return sign === MINUS && value !== 0 ? -value : value;
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;
const AMERICAN = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})$/;

/** Milliseconds since 1970 of `2010-12-01 08:26:00`, ISO 8601, or `12/1/2010 8:26`; UTC where no zone is given. */
export function readInstant(text: string): number | null {
  const plain = text.length === 19 ? readPlainInstant(text) : null;
  if (plain !== null) return plain;
  const iso = ISO.exec(text);
  if (iso !== null) {
    const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '0', zone = 'Z'] = iso;
    const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
    const at = Date.parse(
      `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}${offset}`,
    );
    return Number.isNaN(at) || !isDay(Number(year), Number(month), Number(day)) ? null : at;
  }
  const american = AMERICAN.exec(text);
  if (american === null) return null;
  const [month, day, year, hour, minute] = american.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return isDay(year, month, day) && hour < 24 && minute < 60
    ? Date.UTC(year, month - 1, day, hour, minute)
    : null;
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

/** A copy for keeping: a part of a text holds on to the whole of it, here a piece of the file. */
export function detach(text: string): string {
  return Buffer.from(text).toString();
}
