/** A shop of a few products and people, written straight into the tables so that profiles can be tested alone. */
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';

export interface ShopProduct {
  readonly id: string;
  readonly kind: 'product' | 'service';
  readonly category: string | null;
  readonly keywords: readonly string[];
}

interface ShopLine {
  readonly product: ShopProduct;
  readonly quantity: number;
  /** Decimal text. */
  readonly unitPrice: string;
}

export interface ShopOrder {
  readonly customerId: string;
  readonly kind: 'sale' | 'return' | 'adjustment';
  readonly placedAt: Date;
  readonly lines: readonly ShopLine[];
}

export async function addCustomers(
  db: Database,
  count: number,
  facts: { readonly country?: string; readonly createdAt?: Date } = {},
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => createId());
  await db.query(
    `insert into customers (id, country, created_at, updated_at, last_seen_at)
    select id, $2, $3::timestamptz, $3::timestamptz, $3::timestamptz from unnest($1::uuid[]) as id`,
    [ids, facts.country ?? null, facts.createdAt ?? new Date('2026-01-01T00:00:00Z')],
  );
  return ids;
}

export async function addProduct(
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

/** Writes the orders and their lines in two statements. */
export async function addOrders(db: Database, orders: readonly ShopOrder[]): Promise<void> {
  const rows = orders.map(({ customerId, kind, placedAt, lines }) => ({
    id: createId(),
    customerId,
    kind,
    placedAt,
    lines,
  }));
  const column = (pick: (row: (typeof rows)[number]) => string) => rows.map(pick);
  await db.query(
    `insert into orders (customer_id, id, source, number, kind, placed_at, currency, total, item_count, line_count)
    select customer_id, id, 'test', id::text, kind, placed_at, 'GBP', total, units, lines
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::numeric[], $6::int[], $7::int[])
      as placed (customer_id, id, kind, placed_at, total, units, lines)`,
    [
      column(({ customerId }) => customerId),
      column(({ id }) => id),
      column(({ kind }) => kind),
      column(({ placedAt }) => placedAt.toISOString()),
      rows.map(({ lines }) =>
        lines.reduce((sum, line) => sum + line.quantity * Number(line.unitPrice), 0).toFixed(4),
      ),
      rows.map(({ lines }) => lines.reduce((sum, { quantity }) => sum + quantity, 0)),
      rows.map(({ lines }) => lines.length),
    ],
  );
  const lines = rows.flatMap((row) => row.lines.map((line, index) => ({ row, line, number: index + 1 })));
  await db.query(
    `insert into order_lines (customer_id, order_id, line_number, product_id, quantity, unit_price, amount, placed_at)
    select customer_id, order_id, number, product_id, quantity, unit_price, quantity * unit_price, placed_at
    from unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::int[], $6::numeric[], $7::timestamptz[])
      as line (customer_id, order_id, number, product_id, quantity, unit_price, placed_at)`,
    [
      lines.map(({ row }) => row.customerId),
      lines.map(({ row }) => row.id),
      lines.map(({ number }) => number),
      lines.map(({ line }) => line.product.id),
      lines.map(({ line }) => line.quantity),
      lines.map(({ line }) => line.unitPrice),
      lines.map(({ row }) => row.placedAt.toISOString()),
    ],
  );
}
