/** Parses numbers in the notations of spreadsheets and programs: `1,234.56`, `1.234,56`, `(2.55)`, `€ 3`. Pure. */
import { trimField } from './values.ts';

/** Decimal separator; `mixed` where rows of one file show both, null where none shows either. */
export type DecimalMark = 'point' | 'comma' | 'mixed' | null;

/** Currency signs by code. A sign of several currencies means none of them. */
const CURRENCY_SIGNS: Readonly<Record<string, readonly string[]>> = {
  '£': ['GBP', 'EGP', 'GIP', 'FKP', 'SHP'],
  '€': ['EUR'],
  $: ['USD', 'CAD', 'AUD', 'NZD', 'MXN', 'SGD', 'HKD', 'ARS', 'CLP', 'COP', 'TWD'],
  US$: ['USD'],
  '¥': ['JPY', 'CNY'],
  '￥': ['JPY', 'CNY'],
  '₹': ['INR'],
  '₽': ['RUB'],
  '₺': ['TRY'],
  '₩': ['KRW'],
  '₴': ['UAH'],
  '₪': ['ILS'],
  R$: ['BRL'],
  kr: ['SEK', 'NOK', 'DKK', 'ISK'],
  zł: ['PLN'],
  Kč: ['CZK'],
  Fr: ['CHF'],
};
const SIGN = String.raw`[A-Z]{3}|US\$|R\$|kr\.?|zł|Kč|Fr\.?|[£€$¥￥₹₽₺₩₴₪]`;
/** Spaces of every width separate thousands, as do apostrophes in Switzerland. */
const GROUP = String.raw`[\s\u00a0\u2009\u202f'’]`;
const FORM = new RegExp(
  String.raw`^(?<open>\()?(?<minus>[-−+])?\s*(?<before>${SIGN})?\s*(?<minus2>[-−])?(?<digits>\d[\d.,]*(?:${GROUP}\d{3}(?=\D|$)[\d.,]*)*|[.,]\d+)(?<exponent>[eE][-+]?\d{1,2})?\s*(?<after>${SIGN})?(?<minus3>[-−])?(?<close>\))?$`,
  'u',
);

interface NumberForm {
  /** Digits with points and commas, without spaces. */
  readonly digits: string;
  readonly isNegative: boolean;
  readonly exponent: number;
  /** Code or sign; null where there is none. */
  readonly currency: string | null;
}

function takeApart(text: string): NumberForm | null {
  const groups = FORM.exec(text)?.groups;
  if (groups === undefined || (groups['open'] === undefined) !== (groups['close'] === undefined)) return null;
  const minuses = [
    groups['open'],
    groups['minus'] === '+' ? undefined : groups['minus'],
    groups['minus2'],
    groups['minus3'],
  ];
  const minusCount = minuses.filter((minus) => minus !== undefined).length;
  const { before, after } = groups;
  if (minusCount > 1 || (before !== undefined && after !== undefined)) return null;
  return {
    digits: groups['digits']!.replaceAll(new RegExp(GROUP, 'gu'), ''),
    isNegative: minusCount === 1,
    exponent: Number(groups['exponent']?.slice(1) ?? 0),
    currency: (before ?? after)?.replace(/\.$/, '') ?? null,
  };
}

/**
 * Decimal separator of a single number: null where it has none, `either` where `1,234` or `1.234` may have a thousands
 * separator.
 */
function markOf(digits: string): 'point' | 'comma' | 'either' | 'none' | 'broken' {
  const points = digits.split('.').length - 1;
  const commas = digits.split(',').length - 1;
  if (points === 0 && commas === 0) return 'none';
  if (points > 0 && commas > 0) {
    const mark = digits.lastIndexOf('.') > digits.lastIndexOf(',') ? 'point' : 'comma';
    return isGrouped(digits, mark) ? mark : 'broken';
  }
  if (points > 1) return isGrouped(digits, 'comma') ? 'comma' : 'broken';
  if (commas > 1) return isGrouped(digits, 'point') ? 'point' : 'broken';
  if (/^[1-9]\d{0,2}[.,]\d{3}$/.test(digits)) return 'either';
  return points === 1 ? 'point' : 'comma';
}

function isGrouped(digits: string, mark: 'point' | 'comma'): boolean {
  return (mark === 'point' ? /^\d{1,3}(,\d{3})*(\.\d*)?$/ : /^\d{1,3}(\.\d{3})*(,\d*)?$/).test(digits);
}

/** The decimal separator that a field shows; `either` if ambiguous, null if it shows none. */
export function proveDecimalMark(text: string): 'point' | 'comma' | 'either' | null {
  if (/^-?\d+(\.\d{1,2})?$/.test(text)) return text.includes('.') ? 'point' : null;
  if (!/[.,]/.test(text)) return null;
  const form = takeApart(trimField(text));
  if (form === null) return null;
  const mark = markOf(form.digits);
  return mark === 'none' || mark === 'broken' ? null : mark;
}

export interface PlainNumber {
  /** In JSON notation, with as many decimals as the text. */
  readonly text: string;
  /** Code or sign; null where there is none. */
  readonly currency: string | null;
}

/** A number in plain digits with a point; null where the text is not a number, or ambiguous. */
export function readNumber(field: string, decimals: DecimalMark): PlainNumber | null {
  const form = takeApart(trimField(field));
  if (form === null) return null;
  const { digits, isNegative, exponent, currency } = form;
  const own = markOf(digits);
  let mark: 'point' | 'comma' | 'none';
  if (own === 'broken') return null;
  if (own === 'either') {
    // A point is the default of programs; a comma must be shown by the file.
    if (decimals === 'mixed' || (decimals === null && digits.includes(','))) return null;
    mark = decimals ?? 'point';
  } else {
    mark = own;
  }
  const plain = mark === 'comma' ? digits.replaceAll('.', '').replace(',', '.') : digits.replaceAll(',', '');
  const value = shiftPoint(plain, exponent);
  return { text: isNegative ? `-${value}` : value, currency };
}

/** `1.5` by 3 is `1500`. */
function shiftPoint(plain: string, exponent: number): string {
  const [whole = '', fraction = ''] = plain.split('.');
  const all = whole + fraction;
  const point = whole.length + exponent;
  const padded = point <= 0 ? '0'.repeat(1 - point) + all : all.padEnd(point, '0');
  const at = Math.max(point, 1);
  const before = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const after = padded.slice(at).replace(/0+$/, '');
  return after === '' ? before : `${before}.${after}`;
}

/** Whether a sign or code may mean this currency. */
export function isCurrency(sign: string, code: string): boolean {
  return sign.toUpperCase() === code || (CURRENCY_SIGNS[sign]?.includes(code) ?? false);
}

/** Removes the error of floating point after the fourth decimal, such as 2.5500000000000003; anything else stays. */
export function dropFloatNoise(plain: string): string {
  const [whole, fraction = ''] = plain.split('.') as [string, string?];
  if (fraction.length < 12) return plain;
  const rounded = Number(plain).toFixed(4);
  return Math.abs(Number(rounded) - Number(plain)) < 1e-9
    ? rounded.replace(/\.?0+$/, '')
    : `${whole}.${fraction}`;
}
