/** What people connected with a customer have bought by now, for serving. Reads it in batches; ranks nothing. */
import type { RequestContext } from '#platform/request.ts';

import type { TieKind } from '../algorithms/social.ts';
import { closestByCustomer, tasteByCustomer } from './loaders.ts';
import type { Taste } from '../histories/user-history.ts';

export interface ConnectedTaste {
  readonly kind: TieKind;
  readonly taste: Taste;
}

/** Closest first. Two statements for all the customers of a page; one where nobody is connected. */
export async function findConnected(
  context: RequestContext,
  customerId: string,
): Promise<readonly ConnectedTaste[]> {
  const closest = await closestByCustomer(context).load(customerId);
  return Promise.all(
    Array.from(closest, async ([otherId, kind]) => ({
      kind,
      taste: await tasteByCustomer(context).load(otherId),
    })),
  );
}
