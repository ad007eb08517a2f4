/** Filter of products, applied before the best are chosen, so that a list stays complete. */
import type { Catalog } from '#catalog/catalog-index.ts';

import type { ItemIndex } from '../histories/item-index.ts';

export interface CandidateFilter {
  /** A category with all below it. */
  readonly category: string | null;
  /** Inclusive; a product without a price matches no price range. */
  readonly minPrice: number | null;
  readonly maxPrice: number | null;
  /** Only these; null for all. */
  readonly productIds: readonly string[] | null;
  readonly excludedProductIds: readonly string[];
  /** Excludes products without units on hand. */
  readonly isInStock: boolean;
}

export const NO_FILTER: CandidateFilter = {
  category: null,
  minPrice: null,
  maxPrice: null,
  productIds: null,
  excludedProductIds: [],
  isInStock: true,
};

/** 1 per catalogue index that may be recommended. Services and archived products never may. */
export function findCandidates(catalog: Catalog, filter: CandidateFilter): Uint8Array {
  if (filter === NO_FILTER) return catalog.available;
  const { category, minPrice, maxPrice, productIds } = filter;
  const sold = filter.isInStock ? catalog.available.slice() : findOnSale(catalog);
  const allowed = productIds === null ? sold : onlyThese(catalog, sold, productIds);
  if (category !== null) {
    const matches = catalog.categoryNames.map(
      (name) => name === category || name.startsWith(`${category} > `),
    );
    catalog.categories.forEach((position, product) => {
      if (matches[position] !== true) allowed[product] = 0;
    });
  }
  if (minPrice !== null || maxPrice !== null) {
    const least = minPrice ?? Number.NEGATIVE_INFINITY;
    const most = maxPrice ?? Number.POSITIVE_INFINITY;
    catalog.prices.forEach((price, product) => {
      if (!(price >= least && price <= most)) allowed[product] = 0;
    });
  }
  for (const id of filter.excludedProductIds) {
    const position = catalog.indexOf(id);
    if (position !== undefined) allowed[position] = 0;
  }
  return allowed;
}

function onlyThese(catalog: Catalog, sold: Uint8Array, productIds: readonly string[]): Uint8Array {
  const allowed = new Uint8Array(sold.length);
  for (const id of productIds) {
    const index = catalog.indexOf(id);
    if (index !== undefined) allowed[index] = sold[index]!;
  }
  return allowed;
}

/** Regardless of its stock. */
function findOnSale({ products }: Catalog): Uint8Array {
  return Uint8Array.from(products, (product) =>
    product.kind === 'product' && product.archivedAt === null ? 1 : 0,
  );
}

const known = new WeakMap<Uint8Array, WeakMap<ItemIndex, Uint8Array>>();

/** The same by item index of a model; cached while the filter and the model live. */
export function candidateMaskFor(items: ItemIndex, catalog: Catalog, candidates: Uint8Array): Uint8Array {
  let bySpace = known.get(candidates);
  if (bySpace === undefined) known.set(candidates, (bySpace = new WeakMap()));
  let allowed = bySpace.get(items);
  if (allowed === undefined) {
    allowed = Uint8Array.from(items.positionsIn(catalog), (position) => candidates[position] ?? 0);
    bySpace.set(items, allowed);
  }
  return allowed;
}
