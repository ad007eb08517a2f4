/** Reads of the catalogue. Writes nothing. */
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';

import { type RowOf, selectList } from '#platform/database/rows.ts';

import type { Keyword } from './keywords.ts';
import { products } from './tables.ts';

export interface ProductRow extends RowOf<typeof products> {
  /** Largest weight first. */
  readonly keywords: readonly Keyword[];
}

/** Whether it can be sold, and so recommended, now. */
export function isAvailable(product: ProductRow): boolean {
  return product.kind === 'product' && product.archivedAt === null && product.stock !== 0;
}

const COLUMNS = `${selectList(products, 'p')},
  coalesce((
    select json_agg(json_build_object('keyword', k.keyword, 'weight', k.weight) order by k.weight desc, k.keyword)
    from product_keywords k where k.product_id = p.id
  ), '[]') as keywords`;

export function readProductsById(db: Database, ids: readonly string[]): Promise<ProductRow[]> {
  return db.queryBatched(
    `/* catalog.byId */ select ${COLUMNS} from products p where p.id = any($1::uuid[])`,
    [ids],
  );
}

export function readProductsBySku(db: Database, skus: readonly string[]): Promise<ProductRow[]> {
  return db.queryBatched(
    `/* catalog.bySku */ select ${COLUMNS} from products p where p.sku = any($1::text[])`,
    [skus],
  );
}

/** As `readProductsBySku`, locked until the transaction ends; in one order, so that writers do not deadlock. */
export function lockProductsBySku(db: Database, skus: readonly string[]): Promise<ProductRow[]> {
  return db.query(
    `/* catalog.lockBySku */ select ${COLUMNS} from products p where p.sku = any($1::text[]) order by p.sku for update`,
    [skus],
  );
}

/** Every product changed at or after an instant, in the order of their ids. */
export function readProductsSince(db: Database, since: Date): Promise<ProductRow[]> {
  return db.query(
    `/* catalog.since */ select ${COLUMNS} from products p where p.updated_at >= $1::timestamptz order by p.id`,
    [since],
  );
}

export interface ProductFilter {
  /** Words that must all occur in the name, the sku, the brand or as a prefix of a keyword. */
  readonly search: string | null;
  /** A category with all below it. */
  readonly category: string | null;
}

const MATCHES = `p.archived_at is null
  and ($1::text is null or p.category = $1 or starts_with(p.category, $1 || ' > '))
  and not exists (
    select from unnest($2::text[]) as word
    where strpos(lower(p.name || ' ' || p.sku || ' ' || coalesce(p.brand, '')), word) = 0
      and not exists (
        select from product_keywords k where k.product_id = p.id and starts_with(k.keyword, word)
      )
  )`;

function filterParameters({ category, search }: ProductFilter): readonly unknown[] {
  const words = (search ?? '').toLowerCase().split(/\s+/);
  return [category, words.filter((word) => word !== '')];
}

export const productsByName = keyset<ProductRow>(
  'products.name',
  [
    ['p.name', 'text', ({ name }) => name],
    ['p.id', 'id', ({ id }) => id],
  ],
  { firstParameter: 3 },
);

const productPage = productsByName.texts(
  ({ where, orderBy, limit }) => `/* catalog.page */
  select ${COLUMNS} from products p
  where ${MATCHES} and ${where} order by ${orderBy} limit ${limit}`,
);

/** By name, then id. */
export function readProductPage(db: Database, filter: ProductFilter, page: Page): Promise<ProductRow[]> {
  return db.query(productPage(page), [...filterParameters(filter), ...productsByName.bind(page)]);
}

export async function countProducts(db: Database, filter: ProductFilter): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `/* catalog.count */ select count(*) as count from products p where ${MATCHES}`,
    filterParameters(filter),
  );
  return row?.count ?? 0;
}
