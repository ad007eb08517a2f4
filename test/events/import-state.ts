/** What an import leaves in the database, without the ids and times that differ from run to run. */
import type { Database } from '#platform/database/database.ts';

const NAMED_ORDERS = `orders o left join customer_identities i
  on i.customer_id = o.customer_id and i.kind = 'external'`;

/** Digests, so that a difference in any row of any table shows. */
export async function readState(db: Database): Promise<Readonly<Record<string, unknown>>> {
  const queries = {
    products: 'select p.sku, p.name, p.kind, p.price from products p',
    keywords:
      'select p.sku, k.keyword, k.weight from product_keywords k join products p on p.id = k.product_id',
    customers: `select i.value, c.country, c.created_at, c.first_seen_at, c.last_seen_at
      from customers c join customer_identities i on i.customer_id = c.id and i.kind = 'external'`,
    orders: `select i.value, o.source, o.number, o.kind, o.placed_at, o.total, o.item_count, o.line_count, o.country,
      (select s.number from orders s where s.customer_id = o.customer_id and s.id = o.original_order_id) from ${NAMED_ORDERS}`,
    lines: `select i.value, o.number, p.sku, l.line_number, l.quantity, l.unit_price, l.amount, l.placed_at, l.repeat_count
      from ${NAMED_ORDERS} join order_lines l on l.customer_id = o.customer_id and l.order_id = o.id
      join products p on p.id = l.product_id`,
    events: `select i.value, e.kind, e.source, e.occurred_at, e.properties, e.order_id is null
      from events e left join customer_identities i on i.customer_id = e.customer_id and i.kind = 'external'`,
    marks: 'select count(*) from recompute_queue',
  };
  const state: Record<string, unknown> = {};
  for (const [name, query] of Object.entries(queries)) {
    const [row] = await db.query(
      `select count(*) as rows, md5(string_agg(line, chr(10) order by line)) as digest
      from (select r::text as line from (${query}) r) lines`,
    );
    state[name] = row;
  }
  return state;
}
