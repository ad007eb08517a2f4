/** Outcomes of shown products: bought within some days, or not. Writes nothing. */
import { isCountedLine } from '#events/orders/purchases.ts';
import type { Database } from '#platform/database/database.ts';

import type { DefaultList } from '../models/store.ts';
import type { AlgorithmName } from '../recommenders/recommender.ts';

export interface OutcomeRow {
  readonly algorithm: AlgorithmName;
  readonly list: DefaultList;
  /** Lists with a product of the method, and lists of which such a product was bought. */
  readonly listCount: number;
  readonly hitCount: number;
  /** Products of the method in lists, and the number of bought ones. */
  readonly shownCount: number;
  readonly boughtCount: number;
}

/**
 * Of lists shown from one instant until before another. Visits every shard; a customer's purchases are on the same
 * shard.
 */
export function readOutcomes(db: Database, from: Date, to: Date, withinDays: number): Promise<OutcomeRow[]> {
  return db.query(
    `/* recommendations.outcomes */
    with outcomes as (
      select i.algorithm, i.list, i.list_id, exists (
        select from order_lines l
        where l.customer_id = i.customer_id and l.product_id = i.product_id and l.quantity > 0 and ${isCountedLine('l')}
          and l.placed_at > i.shown_at and l.placed_at <= i.shown_at + make_interval(days => $3::int)
      ) as is_bought
      from recommendation_impressions i
      where i.shown_at >= $1::timestamptz and i.shown_at < $2::timestamptz
    )
    select algorithm, list, count(distinct list_id) as "listCount",
      count(distinct list_id) filter (where is_bought) as "hitCount", count(*) as "shownCount",
      count(*) filter (where is_bought) as "boughtCount"
    from outcomes group by algorithm, list order by algorithm, list`,
    [from, to, withinDays],
  );
}
