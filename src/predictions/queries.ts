/** Reads of histories and models. Writes nothing. */
import type { Database } from '#platform/database/database.ts';

import type { BgNbdParameters } from './algorithms/bg-nbd.ts';
import type { GammaGammaParameters } from './algorithms/gamma-gamma.ts';
import type { HistoryFacts } from './history.ts';

/** Of all customers with a sale: visits every shard. */
export function readBuyers(db: Database): Promise<HistoryFacts[]> {
  return db.query(
    `/* predictions.buyers */
    select first_order_at as "firstOrderAt", last_order_at as "lastOrderAt", average_gap_days as "averageGapDays", revenue
    from customer_profiles where order_count > 0`,
  );
}

/** The models in use. */
export interface PredictionModels {
  readonly version: number;
  readonly trainedAt: Date;
  /** In days. */
  readonly purchases: BgNbdParameters;
  /** Null without any revenue. */
  readonly spend: GammaGammaParameters | null;
}

/** Null before the first training. */
export async function readNewestModels(db: Database): Promise<PredictionModels | null> {
  const [row] = await db.query<PredictionModels>(
    `/* predictions.newest */
    select purchases.version, purchases.trained_at as "trainedAt", purchases.parameters as purchases,
      spend.parameters as spend
    from prediction_models purchases
    left join prediction_models spend on spend.kind = 'spend' and spend.version = purchases.version
    where purchases.kind = 'purchases'
    order by purchases.version desc limit 1`,
  );
  return row ?? null;
}
