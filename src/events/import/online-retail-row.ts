/** Columns of the Online Retail file, and the values of a row. Reads no database. */
import { InvalidInputError } from '#platform/errors.ts';
import { findCountry } from '#platform/input/countries.ts';
import { readKey } from '#platform/input/text.ts';

import { parseMoney } from '../money.ts';
import { checkInstant, MAX_LINE_AMOUNT, MAX_QUANTITY } from '../orders/input.ts';
import type { Row } from './columns.ts';
import { describeDateProblem, readInstant } from './dates.ts';
import { type FieldReading, MAX_KEY_LENGTH, readAmount, readWhole, RowError } from './fields.ts';
import type { Column, ColumnKind, Rejection } from './format.ts';
import { isCurrency } from './numbers.ts';
import { detach, isCutByScientificNotation, isNothing, readId, readInteger, trimField } from './values.ts';

const column = (name: string, kind: ColumnKind, description: string, ...aliases: string[]): Column => ({
  name,
  kind,
  description,
  aliases,
  isRequired: kind !== 'currency',
});

export const columns: readonly Column[] = [
  column('InvoiceNo', 'id', 'number of the invoice; C marks a cancellation, A an adjustment', 'Invoice'),
  column('StockCode', 'id', 'code of the product; without five digits first, of a service'),
  column('Description', 'text', 'name of the product, or a note'),
  column('Quantity', 'whole', 'units, below 0 where they come back'),
  column('InvoiceDate', 'date', 'when it was written'),
  column('UnitPrice', 'amount', 'price of one unit', 'Price'),
  column('CustomerID', 'id', 'customer, or nothing'),
  column('Country', 'text', 'country of the customer'),
  column('Currency', 'currency', 'code of the currency of the prices, which has to be that of the database'),
];

export const NUMBER = 0;
const CODE = 1;
export const DESCRIPTION = 2;
const QUANTITY = 3;
const PLACED_AT = 4;
const PRICE = 5;
const CUSTOMER = 6;
const COUNTRY = 7;
const CURRENCY = 8;

export const MAX_DESCRIPTION = 500;

/** A column whose value often repeats that of the last row: parsed again only where the text differs. */
class Repeated<T> {
  readonly #column: number;
  readonly #read: (text: string) => T | null;
  #text: string | null = null;
  #value: T | null = null;

  /** @param read null where the text is invalid */
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

/** Empty where there is none, null where it is invalid. */
function toKey(text: string): string | null {
  const id = readId(text);
  if (id === '' || isCutByScientificNotation(id)) return id === '' ? '' : null;
  try {
    return readKey('key', id, MAX_KEY_LENGTH);
  } catch (error) {
    if (error instanceof InvalidInputError) return null;
    throw error;
  }
}

const KEY = `1 to ${MAX_KEY_LENGTH} characters, none of them a control character`;

/** Parses rows into its own fields, to avoid an object per row. */
export class RowReader {
  number = '';
  code = '';
  quantity = 0;
  unitPrice = 0;
  amount = 0;
  placedAtMs = 0;
  customer = '';
  /** Alpha-2 code; empty where the row has no country, such as `Unspecified` or `European Community`. */
  country = '';
  readonly channel = '';
  readonly kind = null;
  readonly #using: FieldReading;
  readonly #numbers = new Repeated(NUMBER, toKey);
  readonly #instants: Repeated<number>;
  readonly #customers = new Repeated(CUSTOMER, toKey);
  readonly #countries = new Repeated(COUNTRY, (text) => findCountry(text) ?? '');
  readonly #currencies = new Repeated(CURRENCY, (text) => {
    const code = trimField(text);
    return isNothing(code) || isCurrency(code, this.#using.currency) ? code : null;
  });

  /** @param now upper bound of the rows' times */
  constructor(using: FieldReading, now: () => Date) {
    this.#using = using;
    this.#instants = new Repeated(PLACED_AT, (text) => {
      const atMs = readInstant(text, using.reading.dates);
      return atMs !== null && checkInstant(new Date(atMs), now()) === null ? atMs : null;
    });
  }

  /** @returns why the row is rejected, or null; its description is not parsed. */
  read(row: Row): Rejection | null {
    const number = this.#numbers.of(row);
    if (!number) return reject('bad_invoice', row, NUMBER, KEY);
    const code = toKey(row.value(CODE));
    if (!code) return reject('bad_code', row, CODE, KEY);
    const quantity =
      readInteger(row.text, row.start(QUANTITY), row.end(QUANTITY)) ?? this.#readOther(row, QUANTITY);
    if (quantity === null || Math.abs(quantity) > MAX_QUANTITY) {
      return reject('bad_quantity', row, QUANTITY, `a whole number up to ${MAX_QUANTITY}`);
    }
    const placedAtMs = this.#instants.of(row);
    if (placedAtMs === null) {
      const problem = describeDateProblem(row.value(PLACED_AT), this.#using.reading.dates);
      return { kind: 'bad_date', reason: `InvoiceDate: ${problem}` };
    }
    if (this.#currencies.of(row) === null) {
      return reject(
        'foreign_currency',
        row,
        CURRENCY,
        `${this.#using.currency}, the currency of this database,`,
      );
    }
    const unitPrice = parseMoney(row.text, row.start(PRICE), row.end(PRICE)) ?? this.#readOther(row, PRICE);
    if (unitPrice === null || Math.abs(quantity * unitPrice) > MAX_LINE_AMOUNT * 10_000) {
      return reject('bad_price', row, PRICE, 'a price such as 2.55');
    }
    const customer = this.#customers.of(row);
    if (customer === null) return reject('bad_customer', row, CUSTOMER, KEY);
    this.number = number;
    this.code = code;
    this.quantity = quantity;
    this.unitPrice = unitPrice;
    this.amount = quantity * unitPrice;
    this.placedAtMs = placedAtMs;
    this.customer = customer;
    this.country = this.#countries.of(row) ?? '';
    return null;
  }

  /** A number that is not in plain digits, such as 1.0 or "2,55"; null where it is not a number. */
  #readOther(row: Row, column: typeof QUANTITY | typeof PRICE): number | null {
    const { name } = columns[column]!;
    try {
      return column === QUANTITY
        ? readInteger(readWhole(name, row.value(column), this.#using))
        : parseMoney(readAmount(name, row.value(column), this.#using));
    } catch (error) {
      if (error instanceof RowError) return null;
      throw error;
    }
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
