/** Exact money as integers of ten-thousandths of the currency's unit. Pure. */
import type { TenThousandths } from '#platform/database/binary-copy.ts';

const MINUS = 45;
const POINT = 46;
const DIGIT_0 = 48;

/**
 * Null where the text, from `start` to `end`, is not a decimal with at most 12 digits before the point and 4 after it.
 */
export function parseMoney(text: string, start = 0, end = text.length): TenThousandths | null {
  const isNegative = text.charCodeAt(start) === MINUS;
  let value = 0;
  let wholeDigits = 0;
  let fractionDigits = -1;
  for (let position = isNegative ? start + 1 : start; position < end; position += 1) {
    const digit = text.charCodeAt(position) - DIGIT_0;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      if (fractionDigits >= 0) fractionDigits += 1;
      else wholeDigits += 1;
    } else if (digit === POINT - DIGIT_0 && fractionDigits === -1) {
      fractionDigits = 0;
    } else {
      return null;
    }
  }
  if (wholeDigits < 1 || wholeDigits > 12 || fractionDigits === 0 || fractionDigits > 4) return null;
  for (let digits = Math.max(fractionDigits, 0); digits < 4; digits += 1) value *= 10;
  if (!Number.isSafeInteger(value)) return null;
  return isNegative && value !== 0 ? -value : value;
}

export function formatMoney(value: TenThousandths): string {
  const magnitude = Math.abs(value);
  const fraction = String(magnitude % 10_000).padStart(4, '0');
  return `${value < 0 ? '-' : ''}${Math.floor(magnitude / 10_000)}.${fraction}`;
}
