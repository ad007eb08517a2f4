/** The social method for the evaluation: before popular items, as in serving. Reads no file. */

import { historyOf } from '#recommendations/algorithms/interactions.ts';
import {
  POPULARITY_DEFAULTS,
  scorePopularity,
  trainPopularity,
} from '#recommendations/algorithms/popularity.ts';
import { gatherSocial, SOCIAL_DEFAULTS } from '#recommendations/algorithms/social.ts';
import type { Circles } from './connections-file.ts';
import type { ModelUnderTest } from './models-under-test.ts';

/** Disclosable items score above 1, all others by their popularity, which is below. */
export function socialContender(circles: Circles): ModelUnderTest {
  return {
    parameters: SOCIAL_DEFAULTS,
    train({ interactions, now }) {
      const popularity = trainPopularity(interactions, POPULARITY_DEFAULTS, now);
      return (user) => {
        const scores = scorePopularity(popularity);
        const connected = Array.from(circles[user]!, ([other, kind]) => ({
          kind,
          history: historyOf(interactions, other),
        }));
        const found = gatherSocial(historyOf(interactions, user), connected, now, SOCIAL_DEFAULTS);
        for (const [item, { score }] of found) scores[item] = 1 + score;
        return scores;
      };
    },
  };
}
