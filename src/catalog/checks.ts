/** Checks of input values that come in lists: each answers what is wrong, or null. Writes nothing. */
import {
  type InvalidItem,
  InvalidItemsError,
  type ItemErrorCode,
  type ItemResult,
  type OnError,
} from './errors.ts';

const DECIMAL = /^-?\d{1,14}(\.\d{1,4})?$/;

/** Text that the database can hold and a screen can show. */
export function checkText(value: string, maxLength: number): string | null {
  if (value.trim() === '') return 'expected some text, got an empty one';
  if (value.length > maxLength) {
    return `expected at most ${maxLength} characters, got ${value.length}`;
  }
  return value.includes('\u0000') ? 'contains a NUL character, which cannot be stored' : null;
}

export function checkDecimal(value: string): string | null {
  return DECIMAL.test(value)
    ? null
    : `expected a decimal with at most four decimals such as 12.50, got ${JSON.stringify(value)}`;
}

/** 32-bit whole number, as the tables hold quantities. */
export function checkInteger(value: number, min: number = -2_147_483_648): string | null {
  return Number.isInteger(value) && value >= min && value <= 2_147_483_647
    ? null
    : `expected a whole number between ${min} and 2147483647, got ${value}`;
}

/** A JSON object that the database can hold: no NUL, at most 64 KiB. */
export function checkJsonObject(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `expected a JSON object, got ${text.slice(0, 40)}`;
  }
  if (text.length > 65_536) return `expected at most 65536 characters of JSON, got ${text.length}`;
  return /(?<!\\)(?:\\\\)*\\u0000/.test(text) ? 'contains a NUL character, which cannot be stored' : null;
}

/** Collects what is wrong with the items of one list. */
export class ItemChecks {
  readonly #byIndex: Map<number, InvalidItem[]>;

  constructor(known: ReadonlyMap<number, readonly InvalidItem[]> = new Map()) {
    this.#byIndex = new Map(Array.from(known, ([index, items]) => [index, [...items]]));
  }

  add(index: number, field: string, message: string | null, code: ItemErrorCode = 'invalid_value'): void {
    if (message === null) return;
    const item = { index, field, code, message };
    const others = this.#byIndex.get(index);
    if (others === undefined) this.#byIndex.set(index, [item]);
    else others.push(item);
  }

  /** For work that may begin again: what it adds to a copy is forgotten with it. */
  copy(): ItemChecks {
    return new ItemChecks(this.#byIndex);
  }

  has(index: number): boolean {
    return this.#byIndex.has(index);
  }

  /** @throws {InvalidItemsError} if anything was added. */
  throwIfAny(): void {
    if (this.#byIndex.size === 0) return;
    const items = [...this.#byIndex].toSorted(([one], [other]) => one - other);
    throw new InvalidItemsError(items.flatMap(([, ofItem]) => ofItem));
  }

  /**
   * Places of the items that can be written, ascending.
   * @throws {InvalidItemsError} some cannot, and none is to be skipped.
   */
  usable(itemCount: number, onError: OnError): number[] {
    if (onError === 'reject_all') this.throwIfAny();
    return Array.from({ length: itemCount }, (_, index) => index).filter((index) => !this.has(index));
  }

  /** @param written of the usable items, in their order */
  results<Written>(itemCount: number, written: readonly Written[]): ItemResult<Written>[] {
    let position = 0;
    return Array.from({ length: itemCount }, (_, index) => {
      const errors = this.#byIndex.get(index) ?? [];
      return { index, written: errors.length > 0 ? null : written[position++]!, errors };
    });
  }
}
