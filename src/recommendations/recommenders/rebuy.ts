/** Beta-Binomial repeat purchase as a recommender: probabilities of repeat purchases. */
import {
  explainRebuy,
  REBUY_DEFAULTS,
  type RebuyModel,
  type RebuyParameters,
  scoreHistory,
  trainRebuy,
} from '../algorithms/rebuy.ts';
import type { History } from '../algorithms/interactions.ts';
import { decodeJson, encodeJson, type Recommender, type RecommenderKind, takePart } from './recommender.ts';
import { estimateRepeatShare, measureRepeatShare } from './repeat-share.ts';

export interface RebuyRecommender extends Recommender {
  /** Expected share of repeats in the customer's next purchases, 0 to 1. */
  estimateRepeatShare(history: History): number;
}

interface Settings extends Pick<RebuyModel, 'priorStrength' | 'parameters'> {
  /** Over all customers. */
  readonly repeatShare: number;
}

export const rebuy: RecommenderKind<RebuyRecommender> = {
  algorithm: 'rebuy',
  hyperparameters: REBUY_DEFAULTS,
  train({ interactions }, hyperparameters) {
    const { priorMeans, gapDays, ...rest } = trainRebuy(interactions, hyperparameters as RebuyParameters);
    const settings: Settings = { ...rest, repeatShare: measureRepeatShare(interactions) };
    return {
      'prior-means.f64': priorMeans as Float64Array<ArrayBuffer>,
      'gap-days.f64': gapDays as Float64Array<ArrayBuffer>,
      'settings.json': encodeJson(settings),
    };
  },
  open(parts) {
    const { repeatShare, ...settings } = decodeJson(parts, 'settings.json') as Settings;
    const model = {
      priorMeans: takePart(parts, 'prior-means.f64', Float64Array),
      gapDays: takePart(parts, 'gap-days.f64', Float64Array),
      ...settings,
    };
    return openRebuy(model, repeatShare);
  },
};

function openRebuy(model: RebuyModel, repeatShare: number): RebuyRecommender {
  return {
    rank({ history, nowMs }, top) {
      const scores = scoreHistory(model, history, nowMs);
      for (let entry = 0; entry < scores.length; entry += 1) {
        top.push(history.itemIndices[entry]!, scores[entry]!);
      }
    },
    explain({ history, nowMs }, itemIndex) {
      const explanation = explainRebuy(model, history, itemIndex, nowMs);
      if (explanation === null) return [];
      const { own, prior, daysBought, dayCount, daysSinceLast } = explanation;
      return [
        { kind: 'repeat-purchase', weight: own, daysBought, dayCount, daysSinceLast },
        { kind: 'repeat-rate', weight: prior },
      ];
    },

    estimateRepeatShare: (history) => estimateRepeatShare(history, repeatShare),
  };
}
