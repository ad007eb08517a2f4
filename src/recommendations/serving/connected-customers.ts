/** Current purchases of connected customers, for serving. Reads in batches. */
import type { RequestContext } from '#platform/request.ts';

import type { EdgeKind } from '../algorithms/social.ts';
import { closestByCustomer, historyByCustomer } from './loaders.ts';
import type { UserHistory } from '../histories/user-history.ts';

export interface ConnectedHistory {
  readonly kind: EdgeKind;
  readonly userHistory: UserHistory;
}

/** Closest first. Two statements for all customers of a page; one if there are no connections. */
export async function findConnected(
  context: RequestContext,
  customerId: string,
): Promise<readonly ConnectedHistory[]> {
  const closest = await closestByCustomer(context).load(customerId);
  return Promise.all(
    Array.from(closest, async ([otherId, kind]) => ({
      kind,
      userHistory: await historyByCustomer(context).load(otherId),
    })),
  );
}
