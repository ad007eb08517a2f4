/** Follow-up of imported orders, once for all batches and idempotent. Writes no order. */
import type { App } from '#platform/app.ts';

import { linkAllReturns } from '../orders/returns.ts';
import { retryOnConflict } from '../service.ts';
import { recordActivityOfNewOrders } from '../customer-activity.ts';
import type { FinishedRun } from './format.ts';

/** Above this number, reading all timelines costs less than tracking the customers. */
const MAX_TOUCHED = 100_000;

/** Customers who got orders. */
export class TouchedPeople {
  readonly #ids = new Set<string>();

  add(customerIds: Iterable<string>): void {
    for (const id of customerIds) {
      if (this.#ids.size > MAX_TOUCHED) return;
      this.#ids.add(id);
    }
  }

  /** Null above the limit. */
  get ids(): readonly string[] | null {
    return this.#ids.size > MAX_TOUCHED ? null : [...this.#ids];
  }
}

/** The planner has no statistics yet of tables that were just empty. */
export async function gatherStatistics(app: App): Promise<void> {
  await app.db.execute('analyze orders; analyze order_lines; analyze events');
}

export async function finishOrders(
  app: App,
  source: string,
  touched: TouchedPeople,
  { startedAt, isResumed }: FinishedRun,
): Promise<void> {
  // A resumed run does not know which customers the earlier attempt wrote orders for, so all are processed.
  const customerIds = isResumed ? null : touched.ids;
  await Promise.all([
    app.db.transaction((tx) => linkAllReturns(tx, app.clock())),
    retryOnConflict(() =>
      app.db.transaction((tx) =>
        recordActivityOfNewOrders(tx, { source, since: startedAt, customerIds }, app.clock()),
      ),
    ),
  ]);
}
