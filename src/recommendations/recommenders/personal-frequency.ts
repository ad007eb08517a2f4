/** Personal frequency as a recommender: the customer's most frequent purchases. The baseline of rebuying. */
import { scoreEntry } from '../algorithms/personal-frequency.ts';
import { POPULARITY_DEFAULTS, trainPopularity } from '../algorithms/popularity.ts';
import { decodeJson, encodeJson, type RecommenderKind, takePart } from './recommender.ts';

const MS_PER_DAY = 86_400_000;

export const personalFrequency: RecommenderKind = {
  algorithm: 'personal-frequency',
  hyperparameters: {},
  train({ interactions, toMs }) {
    const { overall } = trainPopularity(interactions, POPULARITY_DEFAULTS, toMs);
    return {
      'popularity.f64': overall as Float64Array<ArrayBuffer>,
      'customer-count.json': encodeJson(interactions.byUser.rowCount),
    };
  },
  open(parts) {
    const popularity = takePart(parts, 'popularity.f64', Float64Array);
    const customerCount = decodeJson(parts, 'customer-count.json') as number;
    return {
      rank({ history }, top) {
        if (history.dayCount === 0) return;
        for (let entry = 0; entry < history.itemIndices.length; entry += 1) {
          top.push(history.itemIndices[entry]!, scoreEntry(popularity, history, entry));
        }
      },
      explain({ history, nowMs }, itemIndex) {
        const entry = history.itemIndices.indexOf(itemIndex);
        if (entry < 0) return [];
        const daysBought = history.daysBought[entry]!;
        const share = popularity[itemIndex]!;
        const tieBreaker = scoreEntry(popularity, history, entry) - daysBought;
        return [
          {
            kind: 'repeat-purchase',
            weight: daysBought,
            daysBought,
            dayCount: history.dayCount,
            daysSinceLast: (nowMs - history.lastAt[entry]!) / MS_PER_DAY,
          },
          {
            kind: 'popularity',
            weight: tieBreaker,
            customerCount: Math.round(share * customerCount),
            country: null,
          },
        ];
      },
    };
  },
};
