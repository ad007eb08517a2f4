/** What people connected with a customer have bought by now, for serving. Reads it in batches; ranks nothing. */
import type { RequestContext } from '#platform/request.ts';

import type { EdgeKind } from '../algorithms/social.ts';
import { closestByCustomer, historyByCustomer } from './loaders.ts';
import type { UserHistory } from '../histories/user-history.ts';

export interface ConnectedHistory {
  readonly kind: EdgeKind;
  readonly taste: UserHistory;
}

/** Closest first. Two statements for all the customers of a page; one where nobody is connected. */
export async function findConnected(
  context: RequestContext,
  customerId: string,
): Promise<readonly ConnectedHistory[]> {
  const closest = await closestByCustomer(context).load(customerId);
  return Promise.all(
    Array.from(closest, async ([otherId, kind]) => ({
      kind,
      taste: await historyByCustomer(context).load(otherId),
    })),
  );
}
