/** Products by id and by sku: from the catalogue in memory, without a statement where it knows them. */
import { isUuid } from '#platform/ids.ts';
import { perRequest } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { type Catalog, catalogIndex } from './catalog-index.ts';
import { type ProductRow, readProductsById, readProductsBySku } from './queries.ts';

export const productById = perRequest(
  ({ app, db }) =>
    new DataLoader((ids: readonly string[]) =>
      find(
        catalogIndex(app).current(),
        ids,
        (catalog, id) => catalog.byId(id),
        (missing) => readProductsById(db, missing.filter(isUuid)),
        (row) => row.id,
      ),
    ),
);

export const productBySku = perRequest(
  ({ app, db }) =>
    new DataLoader((skus: readonly string[]) =>
      find(
        catalogIndex(app).current(),
        skus,
        (catalog, sku) => catalog.bySku(sku),
        (missing) => readProductsBySku(db, missing),
        (row) => row.sku,
      ),
    ),
);

/** A product that another process added a moment ago may not be in memory yet: those are read. */
async function find(
  catalog: Promise<Catalog>,
  keys: readonly string[],
  lookUp: (catalog: Catalog, key: string) => ProductRow | undefined,
  read: (missing: readonly string[]) => Promise<ProductRow[]>,
  keyOf: (row: ProductRow) => string,
): Promise<(ProductRow | null)[]> {
  const known = await catalog;
  const found = keys.map((key) => lookUp(known, key) ?? null);
  const missing = keys.filter((_, position) => found[position] === null);
  if (missing.length === 0) return found;
  const rows = new Map((await read(missing)).map((row) => [keyOf(row), row]));
  return keys.map((key, position) => found[position] ?? rows.get(key) ?? null);
}
