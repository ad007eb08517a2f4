/** Errors of list input, collected by item. Writes nothing. */
import { InvalidInputError } from '../errors.ts';
import {
  type InvalidItem,
  InvalidItemsError,
  type ItemErrorCode,
  type ItemResult,
  type OnError,
} from './item-errors.ts';
import { readKey, readText } from './text.ts';

/** Normalised items of a list, and the errors of some of them. */
export interface ReadItems<Item> {
  readonly items: readonly Item[];
  readonly checks: ItemChecks;
}

/** Collects the errors of the items of one list. */
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

  /** Errors of an item; empty where it is valid. */
  errorsOf(index: number): readonly InvalidItem[] {
    return this.#byIndex.get(index) ?? [];
  }

  /** Values of an item, with placeholders for invalid ones of an item that is not written. */
  read<T>(index: number, read: () => T, otherwise: T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      this.add(index, error.field, error.message);
      return otherwise;
    }
  }

  /** As `readKey`, of a value that may be left out or null. */
  key<T extends string | null | undefined>(index: number, field: string, value: T, maxLength: number): T {
    return value == null ? value : (this.read(index, () => readKey(field, value, maxLength), value) as T);
  }

  /** As `readText`, of a value that may be left out or null. */
  text<T extends string | null | undefined>(index: number, field: string, value: T, maxLength: number): T {
    return value == null ? value : (this.read(index, () => readText(field, value, maxLength), value) as T);
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
      const errors = this.errorsOf(index);
      return { index, written: errors.length > 0 ? null : written[position++]!, errors };
    });
  }
}
