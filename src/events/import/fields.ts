/** Normalises the fields of a row by the kinds of their columns, for every format. Pure. */
import { InvalidItemsError } from '#platform/input/item-errors.ts';
import { DomainError, InvalidInputError } from '#platform/errors.ts';
import { findCountry } from '#platform/input/countries.ts';
import { quote, readKey } from '#platform/input/text.ts';

import { describeDateProblem, readInstant } from './dates.ts';
import type { Column, Rejection } from './format.ts';
import { dropFloatNoise, isCurrency, readNumber } from './numbers.ts';
import type { Reading } from './reading.ts';
import { isCutByScientificNotation, isNothing, isNothingInText, readId, trimField } from './values.ts';

/** A row that cannot be imported, with the kind of its fault. */
export class RowError extends DomainError {
  override readonly name = 'RowError';
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface FieldReading {
  readonly reading: Pick<Reading, 'dates' | 'decimals'>;
  /** ISO 4217 code of all money in the database. */
  readonly currency: string;
}

export const MAX_KEY_LENGTH = 200;

/**
 * A field in plain form, empty where missing: whole numbers and amounts in digits with a point, instants in ISO 8601.
 * @throws {RowError | InvalidInputError} it is invalid or ambiguous.
 */
export function readField(
  { name, kind }: Pick<Column, 'name' | 'kind'>,
  field: string,
  using: FieldReading,
): string {
  switch (kind) {
    case 'id': {
      const id = readId(field);
      if (isCutByScientificNotation(id)) {
        const advice = 'a spreadsheet has cut the digits of it; format the column as text';
        throw new RowError(`bad_${name}`, `${name}: ${quote(id)}: ${advice}`);
      }
      return id === '' ? '' : readKey(name, id, MAX_KEY_LENGTH);
    }
    case 'country': {
      const text = field.trim();
      if (isNothingInText(text)) return '';
      const country = findCountry(text);
      if (country !== null) return country;
      throw new RowError(
        `bad_${name}`,
        `${name}: expected an ISO 3166-1 code or the name of a country, got ${quote(text)}`,
      );
    }
    case 'text': {
      const text = field.trim();
      return isNothingInText(text) ? '' : text;
    }
    case 'json':
    case 'word': {
      const text = trimField(field);
      return isNothing(text) ? '' : text;
    }
    case 'whole':
      return readWhole(name, field, using);
    case 'amount':
      return readAmount(name, field, using);
    case 'currency': {
      const code = trimField(field);
      if (!isNothing(code)) checkCurrency(name, code, using);
      return '';
    }
    case 'date': {
      const text = trimField(field);
      if (isNothing(text)) return '';
      const atMs = readInstant(text, using.reading.dates);
      if (atMs !== null) return new Date(atMs).toISOString();
      throw new RowError('bad_date', `${name}: ${describeDateProblem(text, using.reading.dates)}`);
    }
  }
}

/** @throws {RowError} */
export function readWhole(name: string, field: string, { reading }: Pick<FieldReading, 'reading'>): string {
  const text = trimField(field);
  if (isNothing(text)) return '';
  const number = readNumber(text, reading.decimals);
  if (number === null) throw badNumber(name, text, 'a whole number');
  if (number.currency === null && /^-?\d+$/.test(number.text)) return number.text;
  throw new RowError(`bad_${name}`, `${name}: expected a whole number, got ${quote(text)}`);
}

/** @throws {RowError} */
export function readAmount(name: string, field: string, using: FieldReading): string {
  const text = trimField(field);
  if (isNothing(text)) return '';
  const number = readNumber(text, using.reading.decimals);
  if (number === null) throw badNumber(name, text, 'a price such as 2.55');
  if (number.currency !== null) checkCurrency(name, number.currency, using);
  return dropFloatNoise(number.text);
}

function badNumber(name: string, text: string, expected: string): RowError {
  const reason = /^\d{1,3}[.,]\d{3}$/.test(text)
    ? `${quote(text)} can be read with a decimal ${text.includes(',') ? 'comma' : 'point'} or as thousands; say --decimal point or --decimal comma`
    : `expected ${expected}, got ${quote(text)}`;
  return new RowError(`bad_${name}`, `${name}: ${reason}`);
}

/** @throws {RowError} */
function checkCurrency(name: string, sign: string, { currency }: Pick<FieldReading, 'currency'>): void {
  if (isCurrency(sign, currency)) return;
  throw new RowError(
    'foreign_currency',
    `${name}: ${quote(sign)} is not ${currency}, the currency of this database; amounts cannot be converted as there are no rates`,
  );
}

/** Only faults that the owner of the file can correct are reported; any other is a bug, and stops the import. */
export function toRejection(error: unknown): Rejection {
  if (error instanceof RowError) return { kind: error.kind, reason: error.message };
  if (error instanceof InvalidInputError) {
    return { kind: `bad_${error.field.replace(/\W.*/, '')}`, reason: `${error.field}: ${error.message}` };
  }
  const item = error instanceof InvalidItemsError ? error.items[0] : undefined;
  if (item === undefined) throw error;
  return { kind: `bad_${item.field.replace(/\W.*/, '')}`, reason: `${item.field}: ${item.message}` };
}
