/** Runs a ranking: at once, or over as many turns of the event loop as it takes. Scores nothing. */
import { isSliceSpent, nextTurn } from '#platform/pacing.ts';

import type { TopK } from '../serving/top-k.ts';
import type { Recommender, UserQuery } from './recommender.ts';

/** For training and measuring, where no other work waits. */
export function rankAtOnce(recommender: Recommender, visitor: UserQuery, top: TopK): void {
  const steps = recommender.rank(visitor, top) ?? [];
  for (const _ of steps);
}

/** For requests. @throws the reason of the signal: the request has ended meanwhile. */
export async function rankInTurns(
  recommender: Recommender,
  visitor: UserQuery,
  top: TopK,
  signal: AbortSignal | undefined,
): Promise<void> {
  const steps = recommender.rank(visitor, top);
  if (steps === undefined) return;
  for (const _ of steps) if (isSliceSpent()) await nextTurn(signal);
}
