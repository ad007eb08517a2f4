/** What follows from imported orders, once for all batches and safe to do again. Writes no order. */
import type { App } from '#platform/app.ts';

import { linkAllReturns } from '../orders/returns.ts';
import { retryOnConflict } from '../service.ts';
import { recordActivityOfNewOrders } from '../customer-activity.ts';
import type { FinishedRun } from './format.ts';

/** Beyond so many, reading everybody's timeline costs less than keeping who is meant. */
const MAX_TOUCHED = 100_000;

/** People who got orders. */
export class TouchedPeople {
  readonly #ids = new Set<string>();

  add(customerIds: Iterable<string>): void {
    for (const id of customerIds) {
      if (this.#ids.size > MAX_TOUCHED) return;
      this.#ids.add(id);
    }
  }

  /** Null where they are too many to tell. */
  get ids(): readonly string[] | null {
    return this.#ids.size > MAX_TOUCHED ? null : [...this.#ids];
  }
}

/** The planner knows nothing yet of tables that were empty a moment ago. */
export async function gatherStatistics(app: App): Promise<void> {
  await app.db.execute('analyze orders; analyze order_lines; analyze events');
}

export async function finishOrders(
  app: App,
  source: string,
  touched: TouchedPeople,
  { startedAt, isResumed }: FinishedRun,
): Promise<void> {
  // Nobody remembers who got orders from the part that an earlier attempt wrote.
  const customerIds = isResumed ? null : touched.ids;
  await Promise.all([
    linkAllReturns(app.db),
    retryOnConflict(() =>
      app.db.transaction((tx) =>
        recordActivityOfNewOrders(tx, { source, since: startedAt, customerIds }, app.clock()),
      ),
    ),
  ]);
}
