/** Links returns to their sales. Writes only that link. */
import type { Database } from '#platform/database/database.ts';

import { isReturn, isSale } from './purchases.ts';

const CHUNK_SIZE = 2000;

interface LineOfOrder {
  readonly customerId: string;
  readonly orderId: string;
  readonly placedAt: Date;
  readonly productId: string;
  readonly quantity: number;
}

/**
 * Links the unlinked returns of these customers: to the sale, at or before the return, that contains every returned
 * product in at least the returned quantity. One of exactly these quantities is preferred, then the latest. The guest's
 * returns stay unlinked, because their sales cannot be identified.
 */
export async function linkReturns(db: Database, customerIds: readonly string[], at: Date): Promise<void> {
  if (customerIds.length === 0) return;
  const returned = await readReturnedLines(db, customerIds);
  if (returned.length === 0) return;
  const sold = Map.groupBy(await readSoldLines(db, returned), ({ customerId }) => customerId);
  const links: { customerId: string; returnId: string; saleId: string }[] = [];
  for (const [returnId, lines] of Map.groupBy(returned, ({ orderId }) => orderId)) {
    const { customerId, placedAt } = lines[0]!;
    const saleId = chooseSale(lines, placedAt, sold.get(customerId) ?? []);
    if (saleId !== null) links.push({ customerId, returnId, saleId });
  }
  if (links.length === 0) return;
  await db.query(
    `/* events.linkReturns */
    update orders o set original_order_id = link.sale_id, updated_at = $4::timestamptz
    from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as link(customer_id, return_id, sale_id)
    where o.customer_id = link.customer_id and o.id = link.return_id and o.customer_id = any($1::uuid[])`,
    [
      links.map(({ customerId }) => customerId),
      links.map(({ returnId }) => returnId),
      links.map(({ saleId }) => saleId),
      at,
    ],
  );
}

/** Returned units of a line: those with a negative quantity, or with a negative price. */
const RETURNED_UNITS = `case when l.amount < 0 then abs(l.quantity) else -l.quantity end`;

/** Quantities are of returned units, therefore positive. */
function readReturnedLines(db: Database, customerIds: readonly string[]): Promise<LineOfOrder[]> {
  return db.query(
    `/* events.returnedLines */
    select o.customer_id as "customerId", o.id as "orderId", o.placed_at as "placedAt",
      l.product_id as "productId", sum(${RETURNED_UNITS})::bigint as quantity
    from orders o join order_lines l on l.customer_id = o.customer_id and l.order_id = o.id
    where o.customer_id = any($1::uuid[]) and ${isReturn('o')} and o.original_order_id is null
    group by o.customer_id, o.id, o.placed_at, l.product_id
    having sum(${RETURNED_UNITS}) > 0
    order by o.customer_id, o.id, l.product_id`,
    [customerIds],
  );
}

/** Lines of these customers' sales with the returned products. */
function readSoldLines(db: Database, returned: readonly LineOfOrder[]): Promise<LineOfOrder[]> {
  return db.query(
    `/* events.soldLines */
    select o.customer_id as "customerId", o.id as "orderId", o.placed_at as "placedAt",
      l.product_id as "productId", sum(l.quantity)::bigint as quantity
    from orders o join order_lines l on l.customer_id = o.customer_id and l.order_id = o.id
    where o.customer_id = any($1::uuid[]) and ${isSale('o')}
      and (l.customer_id, l.product_id) in (select * from unnest($2::uuid[], $3::uuid[]))
    group by o.customer_id, o.id, o.placed_at, l.product_id
    order by o.customer_id, o.placed_at, o.id, l.product_id`,
    [
      [...new Set(returned.map(({ customerId }) => customerId))],
      returned.map(({ customerId }) => customerId),
      returned.map(({ productId }) => productId),
    ],
  );
}

/** @param sold one customer's sold lines, oldest order first */
function chooseSale(
  returned: readonly LineOfOrder[],
  returnedAt: Date,
  sold: readonly LineOfOrder[],
): string | null {
  const quantityByProduct = new Map(returned.map(({ productId, quantity }) => [productId, quantity]));
  const matches = new Map<string, { productCount: number; isExact: boolean }>();
  for (const { orderId, placedAt, productId, quantity } of sold) {
    const wanted = quantityByProduct.get(productId);
    if (wanted === undefined || quantity < wanted || placedAt > returnedAt) continue;
    const match = matches.get(orderId) ?? { productCount: 0, isExact: true };
    match.productCount += 1;
    match.isExact &&= quantity === wanted;
    matches.set(orderId, match);
  }
  const whole = [...matches].filter(([, { productCount }]) => productCount === quantityByProduct.size);
  return (whole.findLast(([, { isExact }]) => isExact) ?? whole.at(-1))?.[0] ?? null;
}

/** As `linkReturns`, for all customers with an unlinked return, in batches. */
export async function linkAllReturns(db: Database, at: Date): Promise<void> {
  // The nil id is the guest's and sorts first.
  let lastId = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await db.query<{ id: string }>(
      `/* events.unlinkedReturns */
      select distinct o.customer_id as id from orders o
      where ${isReturn('o')} and o.original_order_id is null and o.customer_id > $1::uuid
      order by o.customer_id limit ${CHUNK_SIZE}`,
      [lastId],
    );
    const ids = rows.map(({ id }) => id);
    await linkReturns(db, ids, at);
    if (ids.length < CHUNK_SIZE) return;
    lastId = ids.at(-1)!;
  }
}
