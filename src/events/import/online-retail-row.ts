/** Columns of the Online Retail file, and what a row says. Touches no database. */
import { InvalidInputError } from '#platform/errors.ts';
import { findCountry } from '#platform/input/countries.ts';
import { readKey } from '#platform/input/text.ts';

import { parseMoney } from '../money.ts';
import { checkInstant, MAX_LINE_AMOUNT, MAX_QUANTITY } from '../order-input.ts';
import type { Row } from './columns.ts';
import type { Column, Rejection } from './format.ts';
import { detach, readInstant, readInteger } from './values.ts';

export const columns: readonly Column[] = [
  { name: 'InvoiceNo', aliases: ['Invoice'], isRequired: true },
  { name: 'StockCode', isRequired: true },
  { name: 'Description', isRequired: true },
  { name: 'Quantity', isRequired: true },
  { name: 'InvoiceDate', isRequired: true },
  { name: 'UnitPrice', aliases: ['Price'], isRequired: true },
  { name: 'CustomerID', aliases: ['Customer ID'], isRequired: true },
  { name: 'Country', isRequired: true },
];

export const NUMBER = 0;
const CODE = 1;
export const DESCRIPTION = 2;
const QUANTITY = 3;
const PLACED_AT = 4;
const PRICE = 5;
const CUSTOMER = 6;
const COUNTRY = 7;

export const MAX_DESCRIPTION = 500;

/** A column whose value is often the last row's: read again only where the text differs. */
class Repeated<T> {
  readonly #column: number;
  readonly #read: (text: string) => T | null;
  #text: string | null = null;
  #value: T | null = null;

  /** @param read null where the text is no such value */
  constructor(column: number, read: (text: string) => T | null) {
    this.#column = column;
    this.#read = read;
  }

  of(row: Row): T | null {
    if (this.#text === null || !row.holds(this.#column, this.#text)) {
      this.#text = detach(row.value(this.#column));
      this.#value = this.#read(this.#text);
    }
    return this.#value;
  }
}

/** Empty where there is none, null where it cannot be used. */
function toKey(text: string): string | null {
  try {
    return text.trim() === '' ? '' : readKey('key', text, MAX_KEY_LENGTH);
  } catch (error) {
    if (error instanceof InvalidInputError) return null;
    throw error;
  }
}

const MAX_KEY_LENGTH = 200;
const KEY = `1 to ${MAX_KEY_LENGTH} characters, none of them a control character`;

/** Reads rows into itself, so that a row makes no object. */
export class RowReader {
  number = '';
  code = '';
  quantity = 0;
  unitPrice = 0;
  placedAtMs = 0;
  customer = '';
  /** Alpha-2 code; empty where the row names no country, such as `Unspecified` or `European Community`. */
  country = '';
  readonly channel = '';
  readonly kind = null;
  readonly #numbers = new Repeated(NUMBER, toKey);
  readonly #instants: Repeated<number>;
  readonly #customers = new Repeated(CUSTOMER, (text) => {
    // Copies of the file made by pandas have it as 17850.0.
    const trimmed = text.trim();
    return toKey(trimmed.endsWith('.0') ? trimmed.slice(0, -2) : trimmed);
  });
  readonly #countries = new Repeated(COUNTRY, (text) => findCountry(text) ?? '');

  /** @param now no row is of a later time */
  constructor(now: () => Date) {
    this.#instants = new Repeated(PLACED_AT, (text) => {
      const atMs = readInstant(text);
      return atMs !== null && checkInstant(new Date(atMs), now()) === null ? atMs : null;
    });
  }

  /** @returns why the row cannot be taken in, or null; its description is not looked at. */
  read(row: Row): Rejection | null {
    const number = this.#numbers.of(row);
    if (!number) return reject('bad_invoice', row, NUMBER, KEY);
    const code = toKey(row.value(CODE));
    if (!code) return reject('bad_code', row, CODE, KEY);
    const quantity = readInteger(row.text, row.start(QUANTITY), row.end(QUANTITY));
    if (quantity === null || Math.abs(quantity) > MAX_QUANTITY) {
      return reject('bad_quantity', row, QUANTITY, `a whole number up to ${MAX_QUANTITY}`);
    }
    const placedAtMs = this.#instants.of(row);
    if (placedAtMs === null) {
      return reject('bad_date', row, PLACED_AT, 'a time such as 2010-12-01 08:26:00 that has passed');
    }
    const unitPrice = parseMoney(row.text, row.start(PRICE), row.end(PRICE));
    if (unitPrice === null || Math.abs(quantity * unitPrice) > MAX_LINE_AMOUNT * 10_000) {
      return reject('bad_price', row, PRICE, 'a price such as 2.55');
    }
    const customer = this.#customers.of(row);
    if (customer === null) return reject('bad_customer', row, CUSTOMER, KEY);
    this.number = number;
    this.code = code;
    this.quantity = quantity;
    this.unitPrice = unitPrice;
    this.placedAtMs = placedAtMs;
    this.customer = customer;
    this.country = this.#countries.of(row) ?? '';
    return null;
  }
}

export function rejectDescription(row: Row): Rejection {
  return reject(
    'bad_description',
    row,
    DESCRIPTION,
    `at most ${MAX_DESCRIPTION} characters, none of them a control character`,
  );
}

function reject(kind: string, row: Row, column: number, expected: string): Rejection {
  const { name } = columns[column]!;
  return {
    kind,
    reason: `${name}: expected ${expected}, got ${JSON.stringify(row.value(column).slice(0, 80))}`,
  };
}
