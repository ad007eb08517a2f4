/** iALS as a recommender: the current history is folded into the learned item factors. */
import { IALS_DEFAULTS, type IalsModel, type IalsParameters, trainIals } from '../algorithms/ials.ts';
import { explainIals, scoreIals } from '../algorithms/ials-fold-in.ts';
import { describeItemContributions, rankPositive } from './dense-scores.ts';
import { decodeJson, encodeJson, type RecommenderKind, takePart } from './recommender.ts';

export const ials: RecommenderKind = {
  algorithm: 'ials',
  hyperparameters: { ...IALS_DEFAULTS },
  train({ interactions }, hyperparameters, seed) {
    const { itemFactors, gram, parameters } = trainIals(
      interactions,
      hyperparameters as IalsParameters,
      seed,
    );
    return {
      'items.factors.f32': itemFactors as Float32Array<ArrayBuffer>,
      'items.gram.f64': gram as Float64Array<ArrayBuffer>,
      'settings.json': encodeJson(parameters),
    };
  },
  open(parts, items) {
    const model: IalsModel = {
      itemCount: items.count,
      // A customer is represented by the history: no customer factors are stored.
      userFactors: new Float32Array(0),
      itemFactors: takePart(parts, 'items.factors.f32', Float32Array),
      gram: takePart(parts, 'items.gram.f64', Float64Array),
      parameters: decodeJson(parts, 'settings.json') as IalsParameters,
    };
    return {
      rank({ history }, top) {
        if (history.itemIndices.length > 0) rankPositive(scoreIals(model, history), top);
      },
      explain: ({ history }, itemIndex) => describeItemContributions(explainIals(model, history, itemIndex)),
    };
  },
};
