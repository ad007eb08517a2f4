/** Errors of bulk input: every item that cannot be taken, with its place. */
import { DomainError } from '../errors.ts';

/**
 * `unknown_…`: the item refers to an unknown object. `placeholder`: its identity is a text such as `undefined`.
 * `duplicate`: an earlier item is about the same object. `identity_conflict`: its identities would merge customers
 * whose stronger identities differ, and the policy is to reject.
 */
export type ItemErrorCode =
  | 'invalid_value'
  | 'placeholder'
  | 'duplicate'
  | 'identity_conflict'
  | 'unknown_customer'
  | 'unknown_product';

export interface InvalidItem {
  /** Place of the item in the list that was given, from 0. */
  readonly index: number;
  /** Path inside the item, such as `lines.0.sku`. */
  readonly field: string;
  readonly code: ItemErrorCode;
  readonly message: string;
}

/** Policy for a list with invalid items: write nothing, or only the others. */
export type OnError = 'reject_all' | 'skip';

/** Outcome of one item of a list. */
export interface ItemResult<Written> {
  /** Place of the item in the list that was given, from 0. */
  readonly index: number;
  /** Null where the item was skipped. */
  readonly written: Written | null;
  /** Why it was skipped; empty where it was not. */
  readonly errors: readonly InvalidItem[];
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
