/** Sums over all sales, by order line. The statement visits every shard. */
import type { Database } from '#platform/database/database.ts';
import { perRequestWith } from '#platform/request.ts';

import { guestCustomerId } from '../guest.ts';
import type { OrderKind } from '../orders/writer.ts';

export interface SalesFilter {
  readonly kinds: readonly OrderKind[] | null;
  /** True includes only sales of customers, false only those without one. */
  readonly hasCustomer: boolean | null;
  readonly country: string | null;
  /** Only lines with more than 0 units and a price above 0. */
  readonly isPurchase: boolean;
  /** Counts each line as often as its source repeated it. */
  readonly countsRepeats: boolean;
}

export interface SalesSummary {
  readonly lineCount: number;
  readonly orderCount: number;
  readonly customerCount: number;
  readonly productCount: number;
  readonly itemCount: number;
  /** Exact decimal text. */
  readonly revenue: string;
  readonly firstOrderAt: Date | null;
  readonly lastOrderAt: Date | null;
}

async function readSalesSummary(db: Database, filter: SalesFilter): Promise<SalesSummary> {
  const [row] = await db.query<SalesSummary>(
    `/* events.salesSummary */
    select
      coalesce(sum(l.times), 0)::bigint as "lineCount", count(distinct l.order_id) as "orderCount",
      count(distinct nullif(l.customer_id, $1::uuid)) as "customerCount",
      count(distinct l.product_id) as "productCount", coalesce(sum(l.quantity * l.times), 0)::bigint as "itemCount",
      coalesce(sum(l.amount * l.times), 0) as revenue, min(l.placed_at) as "firstOrderAt", max(l.placed_at) as "lastOrderAt"
    from (
      select l.*, case when $6::boolean then l.repeat_count + 1 else 1 end as times, o.kind, o.country
      from order_lines l join orders o on o.customer_id = l.customer_id and o.id = l.order_id
      where o.cancelled_at is null
    ) l
    where ($2::text[] is null or l.kind = any($2))
      and ($3::boolean is null or (l.customer_id <> $1::uuid) = $3)
      and ($4::text is null or l.country = $4)
      and (not $5::boolean or (l.quantity > 0 and l.unit_price > 0))`,
    [
      guestCustomerId,
      filter.kinds,
      filter.hasCustomer,
      filter.country,
      filter.isPurchase,
      filter.countsRepeats,
    ],
  );
  return row!;
}

/** Read once per filter of a request. */
export const salesSummary = perRequestWith(({ db }, filter: SalesFilter) => readSalesSummary(db, filter));
