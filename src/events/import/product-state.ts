/**
 * State of each product after earlier imports, so that a resumed import has the same result as an uninterrupted one.
 */
import type { Database } from '#platform/database/database.ts';

export interface ProductState {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: string | null;
  /** Whether any line has it with a price. */
  readonly wasPriced: boolean;
  /** Highest price, in ten-thousandths, at the latest time of a sale. */
  readonly lastPrice: number | null;
  readonly lastSoldAtMs: number | null;
}

/** Reads every order line, if there are any. */
export function readProductStates(db: Database): Promise<ProductState[]> {
  return db.query(
    `/* import.productStandings */
    with sold as (
      select product_id, bool_or(unit_price > 0) as was_priced,
        max(array[extract(epoch from placed_at) * 1000, unit_price * 10000])
          filter (where quantity > 0 and unit_price > 0) as latest
      from order_lines group by product_id
    )
    select p.id, p.sku, p.name, p.price, coalesce(sold.was_priced, false) as "wasPriced",
      sold.latest[2]::bigint as "lastPrice", sold.latest[1]::bigint as "lastSoldAtMs"
    from products p left join sold on sold.product_id = p.id`,
  );
}

/** Ids of all products by sku. */
export async function readProductIds(db: Database): Promise<Map<string, string>> {
  const rows = await db.query<{ id: string; sku: string }>(
    '/* import.productIds */ select id, sku from products',
  );
  return new Map(rows.map(({ id, sku }) => [sku, id]));
}
