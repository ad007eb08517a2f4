/** Orders for tests. */
import { recordOrders } from '#events/service.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';

import type { ShopProduct } from '../catalog/seed.ts';
import type { TestApp } from '../support/app.ts';

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
  /** By default one of its own. */
  readonly number?: string;
}

export const day = (text: string): Date => new Date(`${text}T12:00:00Z`);

/** Through the service, so that profiles and segments follow. */
export async function makeOrder(
  app: TestApp,
  customerId: string,
  product: ShopProduct,
  placedAt: Date = app.clock(),
  quantity = 1,
): Promise<string> {
  const lines = [{ productId: product.id, quantity, unitPrice: '10' }];
  const [written] = await recordOrders(app, [
    { customerId, source: 'shop', number: createId(), placedAt, lines },
  ]);
  return written!.orderId;
}

/** Rows of the tables alone, orders and lines in two statements. */
export async function insertOrders(db: Database, orders: readonly ShopOrder[]): Promise<void> {
  const rows = orders.map(({ customerId, kind, placedAt, lines, number }) => ({
    id: createId(),
    number,
    customerId,
    kind,
    placedAt,
    lines,
  }));
  const column = (pick: (row: (typeof rows)[number]) => string) => rows.map(pick);
  await db.query(
    `insert into orders (customer_id, id, source, number, kind, placed_at, currency, total, item_count, line_count)
    select customer_id, id, 'test', coalesce(number, id::text), kind, placed_at, 'GBP', total, units, lines
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::numeric[], $6::int[], $7::int[], $8::text[])
      as placed (customer_id, id, kind, placed_at, total, units, lines, number)`,
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
      rows.map(({ number = null }) => number),
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
