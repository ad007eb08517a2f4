/** What follows from imported orders, once for all batches and safe to do again. Writes no order. */
import type { App } from '#platform/app.ts';

import { linkAllReturns } from '../returns.ts';
import { retryOnConflict } from '../service.ts';
import { touchPeopleOfNewOrders } from '../touch.ts';

/** The planner knows nothing yet of tables that were empty a moment ago. */
export async function gatherStatistics(app: App): Promise<void> {
  await app.db.execute('analyze orders; analyze order_lines; analyze events');
}

/** @param since when the first attempt of the import began */
export async function finishOrders(app: App, source: string, since: Date): Promise<void> {
  await Promise.all([
    linkAllReturns(app.db),
    retryOnConflict(() => app.db.transaction((tx) => touchPeopleOfNewOrders(tx, source, since, app.clock()))),
  ]);
}
