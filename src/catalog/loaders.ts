/** Products by id and by sku: from the catalogue in memory, without a statement where it knows them. */
import { isUuid } from '#platform/ids.ts';
import type { Database } from '#platform/database/database.ts';
import { perRequest, type RequestContext } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { type Catalog, catalogIndex } from './catalog-index.ts';
import { type ProductRow, readProductsById, readProductsBySku } from './queries.ts';

export const productById = loadProduct(
  (catalog, id) => catalog.byId(id),
  (db, ids) => readProductsById(db, ids.filter(isUuid)),
  ({ id }) => id,
);

export const productBySku = loadProduct(
  (catalog, sku) => catalog.bySku(sku),
  readProductsBySku,
  ({ sku }) => sku,
);

/** Reads from the database only the products that are not in memory: another process may just have added them. */
function loadProduct(
  inMemory: (catalog: Catalog, key: string) => ProductRow | undefined,
  read: (db: Database, missing: readonly string[]) => Promise<ProductRow[]>,
  keyOf: (row: ProductRow) => string,
): (context: RequestContext) => DataLoader<string, ProductRow | null> {
  return perRequest(
    ({ app, db }) =>
      new DataLoader(async (keys) => {
        const catalog = await catalogIndex(app).current();
        const found = keys.map((key) => inMemory(catalog, key) ?? null);
        const missing = keys.filter((_, index) => found[index] === null);
        if (missing.length === 0) return found;
        const rows = new Map((await read(db, missing)).map((row) => [keyOf(row), row]));
        return keys.map((key, index) => found[index] ?? rows.get(key) ?? null);
      }),
  );
}
