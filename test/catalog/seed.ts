/** Products for tests. */
import { upsertProducts } from '#catalog/service.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';

import type { TestApp } from '../support/app.ts';

export interface ShopProduct {
  readonly id: string;
  readonly kind: 'product' | 'service';
  readonly category: string | null;
  readonly keywords: readonly string[];
}

export async function makeProducts(app: TestApp, skus: readonly string[]): Promise<string[]> {
  return (
    await upsertProducts(
      app,
      skus.map((sku) => ({ sku, price: '2.50' })),
    )
  ).map(({ productId }) => productId);
}

/** Rows of the tables alone. */
export async function insertProduct(
  db: Database,
  facts: Partial<Omit<ShopProduct, 'id'>> = {},
): Promise<ShopProduct> {
  const product = { id: createId(), kind: 'product' as const, category: null, keywords: [], ...facts };
  const at = new Date('2025-01-01T00:00:00Z');
  await db.query(
    `insert into products (id, sku, name, category, kind, created_at, updated_at)
    values ($1, $2, $2, $3, $4, $5, $5)`,
    [product.id, product.id.slice(-12), product.category, product.kind, at],
  );
  await db.query(
    `insert into product_keywords (product_id, keyword, weight)
    select $1::uuid, keyword, 0.5 from unnest($2::text[]) as keyword`,
    [product.id, product.keywords],
  );
  return product;
}
