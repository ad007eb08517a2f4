/** Finds the sale that a return takes back. Writes nothing but that link. */
import type { Database } from '#platform/database/database.ts';

const CHUNK_SIZE = 2000;

/**
 * Links the unlinked returns of these people: to the sale, at or before the return, that holds every returned product
 * in at least the returned quantity. One of exactly these quantities is preferred, then the latest. The guest's returns
 * stay unlinked: nobody can tell whose sale they take back.
 */
export async function linkReturns(db: Database, customerIds: readonly string[]): Promise<void> {
  if (customerIds.length === 0) return;
  await db.query(
    `/* events.linkReturns */
    with returned as (
      select o.customer_id, o.id, o.placed_at, l.product_id, -sum(l.quantity) as quantity
      from orders o join order_lines l on l.customer_id = o.customer_id and l.order_id = o.id
      where o.customer_id = any($1::uuid[]) and o.kind = 'return' and o.original_order_id is null
      group by o.customer_id, o.id, o.placed_at, l.product_id
      having sum(l.quantity) < 0
    ), sold as (
      select o.customer_id, o.id, o.placed_at, l.product_id, sum(l.quantity) as quantity
      from orders o join order_lines l on l.customer_id = o.customer_id and l.order_id = o.id
      where o.customer_id = any($1::uuid[]) and o.kind = 'sale'
        and exists (select from returned r where r.customer_id = o.customer_id and r.product_id = l.product_id)
      group by o.customer_id, o.id, o.placed_at, l.product_id
    ), matched as (
      select r.customer_id, r.id, s.id as sale_id, s.placed_at as sold_at,
        count(*) as product_count, bool_and(s.quantity = r.quantity) as is_exact
      from returned r join sold s on s.customer_id = r.customer_id and s.product_id = r.product_id
        and s.quantity >= r.quantity and s.placed_at <= r.placed_at
      group by r.customer_id, r.id, s.id, s.placed_at
    ), best as (
      select distinct on (m.customer_id, m.id) m.customer_id, m.id, m.sale_id
      from matched m join (select customer_id, id, count(*) as product_count from returned group by customer_id, id) r
        on r.customer_id = m.customer_id and r.id = m.id and r.product_count = m.product_count
      order by m.customer_id, m.id, m.is_exact desc, m.sold_at desc, m.sale_id desc
    )
    update orders o set original_order_id = best.sale_id
    from best where o.customer_id = best.customer_id and o.id = best.id and o.customer_id = any($1::uuid[])`,
    [customerIds],
  );
}

/** As `linkReturns`, for everybody who has an unlinked return, some people at a time. */
export async function linkAllReturns(db: Database): Promise<void> {
  // The nil id is the guest's and sorts first.
  let lastId = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await db.query<{ id: string }>(
      `/* events.unlinkedReturns */
      select distinct o.customer_id as id from orders o
      where o.kind = 'return' and o.original_order_id is null and o.customer_id > $1::uuid
      order by o.customer_id limit ${CHUNK_SIZE}`,
      [lastId],
    );
    const ids = rows.map(({ id }) => id);
    await linkReturns(db, ids);
    if (ids.length < CHUNK_SIZE) return;
    lastId = ids.at(-1)!;
  }
}
