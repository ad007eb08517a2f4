/**
 * The complete catalogue in memory, so that a product costs no statement. Loaded on first use and refreshed by NOTIFY
 * `catalog_changed`, which a writer sends inside its transaction.
 */
import { type App, perApp } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import { isAvailable, type ProductRow, readProductsSince } from './queries.ts';

const CHANNEL = 'catalog_changed';
const BEGINNING = new Date(0);

/** One state of the catalogue. Indexes in the arrays are stable: products are only appended. */
export interface Catalog {
  readonly products: readonly ProductRow[];
  /** NaN without a price. */
  readonly prices: Float64Array;
  /** -1 if not tracked. */
  readonly stocks: Int32Array;
  /** 1 where the product can be sold and so recommended: a product, not archived, not out of stock. */
  readonly available: Uint8Array;
  /** Index in `categoryNames`, -1 without a category. */
  readonly categories: Int32Array;
  readonly categoryNames: readonly string[];
  byId(id: string): ProductRow | undefined;
  bySku(sku: string): ProductRow | undefined;
  /** Index in the arrays. */
  indexOf(id: string): number | undefined;
}

export interface CatalogIndex {
  /** The newest loaded state. The first call reads the catalogue on the root handle: not from inside a transaction. */
  current(): Promise<Catalog>;
  /** Loads the changes since an instant; for the writer's own process, which must see its write at once. */
  refresh(since: Date): Promise<void>;
}

export const catalogIndex = perApp((app: App): CatalogIndex => {
  let state: Promise<Catalog> | null = null;
  let refreshing: Promise<void> = Promise.resolve();
  let pendingSince: Date | null = null;
  let unreadSince: Date | null = null;

  async function load(): Promise<Catalog> {
    // Listens first: a change between the two is read twice instead of being missed.
    let isFirstConnect = true;
    const stop = await app.db.listen(
      CHANNEL,
      (payload) => void refreshInBackground(new Date(payload)),
      () => {
        // Notifications during an outage of the connection are lost, so everything is read again.
        if (!isFirstConnect) void refreshInBackground(BEGINNING);
        isFirstConnect = false;
      },
    );
    app.onClose.push(stop);
    return buildCatalog(await readProductsSince(app.db, BEGINNING));
  }

  function current(): Promise<Catalog> {
    state ??= load().catch((error: unknown) => {
      state = null;
      throw error;
    });
    return state;
  }

  /** One read at a time; notifications during a read share the next one. */
  function refresh(since: Date): Promise<void> {
    if (state === null) return Promise.resolve();
    const isQueued = pendingSince !== null;
    pendingSince = pendingSince === null || since < pendingSince ? since : pendingSince;
    if (!isQueued) refreshing = refreshing.catch(() => {}).then(readPending);
    return refreshing;
  }

  async function readPending(): Promise<void> {
    const since = new Date(Math.min(pendingSince?.getTime() ?? 0, unreadSince?.getTime() ?? Infinity));
    pendingSince = null;
    unreadSince = null;
    try {
      const before = await current();
      const changed = await readProductsSince(app.db, since);
      if (changed.length > 0) state = Promise.resolve(buildCatalog(withChanges(before, changed)));
    } catch (error) {
      // Not lost: the next refresh reads from here.
      unreadSince = since;
      throw error;
    }
  }

  async function refreshInBackground(since: Date): Promise<void> {
    try {
      await refresh(Number.isNaN(since.getTime()) ? BEGINNING : since);
    } catch (error) {
      app.log.error({ err: error }, 'the catalogue in memory could not be refreshed');
    }
  }

  return { current, refresh };
});

/** Notifies every process, at the commit, of products with this `updated_at` or later. */
export async function announceChange(transaction: Database, updatedAt: Date): Promise<void> {
  await transaction.query('/* catalog.announce */ select pg_notify($1, $2)', [
    CHANNEL,
    updatedAt.toISOString(),
  ]);
}

function withChanges(before: Catalog, changed: readonly ProductRow[]): ProductRow[] {
  const products = [...before.products];
  for (const product of changed) {
    const position = before.indexOf(product.id);
    if (position === undefined) products.push(product);
    else products[position] = product;
  }
  return products;
}

function buildCatalog(products: readonly ProductRow[]): Catalog {
  const prices = new Float64Array(products.length).fill(Number.NaN);
  const stocks = new Int32Array(products.length).fill(-1);
  const available = new Uint8Array(products.length);
  const categories = new Int32Array(products.length).fill(-1);
  const categoryNames: string[] = [];
  const categoryPositions = new Map<string, number>();
  const positionById = new Map<string, number>();
  const bySku = new Map<string, ProductRow>();
  products.forEach((product, position) => {
    positionById.set(product.id, position);
    bySku.set(product.sku, product);
    if (product.price !== null) prices[position] = Number(product.price);
    if (product.stock !== null) stocks[position] = product.stock;
    available[position] = isAvailable(product) ? 1 : 0;
    if (product.category === null) return;
    let category = categoryPositions.get(product.category);
    if (category === undefined) {
      category = categoryNames.push(product.category) - 1;
      categoryPositions.set(product.category, category);
    }
    categories[position] = category;
  });
  return {
    products,
    prices,
    stocks,
    available,
    categories,
    categoryNames,
    byId(id) {
      const position = positionById.get(id);
      return position === undefined ? undefined : products[position];
    },
    bySku: (sku) => bySku.get(sku),
    indexOf: (id) => positionById.get(id),
  };
}
