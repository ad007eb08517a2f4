/** Exact money as whole ten-thousandths of the currency's unit. Pure. */
import type { TenThousandths } from '#platform/database/binary-copy.ts';

const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,4}))?$/;

/** Null where the text is no decimal with at most 12 digits before the point and 4 after it. */
export function parseMoney(text: string): TenThousandths | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const [, sign, whole, fraction = ''] = match;
  const value = Number(whole) * 10_000 + Number(fraction.padEnd(4, '0'));
  if (!Number.isSafeInteger(value)) return null;
  return sign === '-' && value !== 0 ? -value : value;
}

export function formatMoney(value: TenThousandths): string {
  const magnitude = Math.abs(value);
  const fraction = String(magnitude % 10_000).padStart(4, '0');
  return `${value < 0 ? '-' : ''}${Math.floor(magnitude / 10_000)}.${fraction}`;
}
