/** All scores of a recommender at once, for uses beyond a ranking. */
import type { TopK } from '../serving/top-k.ts';
import { rankAtOnce } from './ranking.ts';
import type { Recommender, UserQuery } from './recommender.ts';

/** The recommender's score for each item; 0 for items that it does not offer. */
export function collectScores(recommender: Recommender, visitor: UserQuery, itemCount: number): Float64Array {
  const scores = new Float64Array(itemCount);
  rankAtOnce(recommender, visitor, collectInto(scores));
  return scores;
}

/** Collects every offered score. */
function collectInto(scores: Float64Array): TopK {
  return {
    push(itemIndex, score) {
      scores[itemIndex] = score;
    },
    isFull: () => false,
    worstScore: () => Number.NEGATIVE_INFINITY,
    itemIndices: [],
    scores: [],
  };
}
