/** Checks of numbers that tables hold. Touches no database. */
import { quote } from './text.ts';

const DECIMAL = /^-?\d{1,14}(\.\d{1,4})?$/;

export function checkDecimal(value: string): string | null {
  return DECIMAL.test(value)
    ? null
    : `expected a decimal with at most four decimals such as 12.50, got ${quote(value)}`;
}

/** 32-bit integer, as quantities in the tables. */
export function checkInteger(value: number, min: number = -2_147_483_648): string | null {
  return Number.isInteger(value) && value >= min && value <= 2_147_483_647
    ? null
    : `expected a whole number between ${min} and 2147483647, got ${value}`;
}
