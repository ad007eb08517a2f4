/** Errors of bulk input: every item that cannot be taken, with its place. */
import { DomainError } from '#platform/errors.ts';

export interface InvalidItem {
  /** Place of the item in the list that was given, from 0. */
  readonly index: number;
  /** Path inside the item, such as `lines.0.sku`. */
  readonly field: string;
  readonly message: string;
}

/** Some items of a list cannot be used; none of the list was written. */
export class InvalidItemsError extends DomainError {
  override readonly name = 'InvalidItemsError';
  readonly items: readonly InvalidItem[];

  constructor(items: readonly InvalidItem[]) {
    const [first] = items;
    super(
      `${items.length} of the items cannot be used and nothing was written. First: item ${first?.index}, ${first?.field}: ${first?.message}`,
    );
    this.items = items;
  }
}
