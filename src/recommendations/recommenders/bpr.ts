/** BPR as a recommender: the current history is folded into factors learned from pairs. */
import { BPR_DEFAULTS, type BprParameters, trainBpr } from '../algorithms/bpr.ts';
import { type BprItems, explainBprHistory, scoreBprHistory } from '../algorithms/bpr-fold-in.ts';
import { describeItemContributions } from './dense-scores.ts';
import { decodeJson, encodeJson, type RecommenderKind, takePart } from './recommender.ts';

interface Settings {
  readonly parameters: BprParameters;
  readonly seed: number;
}

export const bpr: RecommenderKind = {
  algorithm: 'bpr',
  hyperparameters: { ...BPR_DEFAULTS },
  train({ interactions }, hyperparameters, seed) {
    const parameters = hyperparameters as BprParameters;
    const { itemFactors, itemBiases } = trainBpr(interactions, parameters, seed);
    return {
      'items.factors.f32': itemFactors as Float32Array<ArrayBuffer>,
      'items.biases.f32': itemBiases as Float32Array<ArrayBuffer>,
      'settings.json': encodeJson({ parameters, seed } satisfies Settings),
    };
  },
  open(parts, items) {
    const { parameters, seed } = decodeJson(parts, 'settings.json') as Settings;
    const model: BprItems = {
      parameters,
      itemCount: items.count,
      itemFactors: takePart(parts, 'items.factors.f32', Float32Array),
      itemBiases: takePart(parts, 'items.biases.f32', Float32Array),
    };
    return {
      // A negative score is not evidence against an item: only the order is meaningful.
      rank({ history }, top) {
        if (history.itemIndices.length === 0) return;
        const scores = scoreBprHistory(model, history, seed);
        for (let item = 0; item < scores.length; item += 1) top.push(item, scores[item]!);
      },
      explain: ({ history }, itemIndex) => [
        ...describeItemContributions(explainBprHistory(model, history, itemIndex, seed)),
        { kind: 'baseline', weight: model.itemBiases[itemIndex]! },
      ],
    };
  },
};
