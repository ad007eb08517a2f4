/** The history of a customer, encoded for any model on demand. Reads no database. */
import { type IdIndex, packIds, viewOf } from './id-index.ts';
import { type Purchases, purchasesOfItems, unpackPurchases } from './purchases.ts';
import type { PackedLines } from '../queries.ts';

export interface UserHistory {
  /** Encoded once per item index, which the models of one training share. */
  readIn(items: IdIndex): Purchases;
}

export function historyOfLines(lines: PackedLines | null): UserHistory {
  return remember((items) => unpackPurchases(lines, items));
}

/** @param weights by product id; unknown products are ignored */
export function historyOfProducts(weights: ReadonlyMap<string, number>): UserHistory {
  const ids = viewOf(packIds([...weights.keys()]));
  return remember((items) => {
    const found = new Map<number, number>();
    [...weights.values()].forEach((weight, index) => {
      const item = items.indexOf(ids, index * 16);
      if (item !== -1) found.set(item, weight);
    });
    return purchasesOfItems(found);
  });
}

function remember(read: (items: IdIndex) => Purchases): UserHistory {
  let last: { readonly items: IdIndex; readonly purchases: Purchases } | null = null;
  return {
    readIn(items) {
      if (last?.items !== items) last = { items, purchases: read(items) };
      return last.purchases;
    },
  };
}
