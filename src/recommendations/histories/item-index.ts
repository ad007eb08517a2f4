/** The products of a model as item indexes, and their positions in the catalogue. */
import type { Catalog } from '#catalog/catalog-index.ts';

import { createIdIndex, formatId, type IdIndex } from './id-index.ts';

export interface ItemIndex extends IdIndex {
  /** Index in the catalogue's arrays per item, -1 where the catalogue lacks it. */
  positionsIn(catalog: Catalog): Int32Array;
}

/** Models of one training have the same products: they share one index, and therefore one encoded history. */
export function internItems(bytes: Uint8Array<ArrayBuffer>, known: readonly ItemIndex[]): ItemIndex {
  const same = known.find((space) => Buffer.compare(space.bytes, bytes) === 0);
  return same ?? createItemIndex(bytes);
}

function createItemIndex(bytes: Uint8Array<ArrayBuffer>): ItemIndex {
  const table = createIdIndex(bytes);
  const positions = new WeakMap<Catalog, Int32Array>();
  return {
    ...table,
    positionsIn(catalog) {
      let found = positions.get(catalog);
      if (found === undefined) {
        found = new Int32Array(table.count);
        for (let item = 0; item < table.count; item += 1) {
          found[item] = catalog.indexOf(formatId(bytes, item)) ?? -1;
        }
        positions.set(catalog, found);
      }
      return found;
    },
  };
}
