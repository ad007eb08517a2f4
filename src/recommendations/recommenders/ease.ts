/** EASE and EDLAE as recommenders: every item a weighted sum of the customer's items. */
import {
  EASE_WITH_TAIL_DEFAULTS,
  type EaseWithTailModel,
  type EaseWithTailParameters,
  explainEaseWithTail,
  scoreEaseWithTail,
  trainEaseWithTail,
} from '../algorithms/ease-with-tail.ts';
import { EASE_ITEM_LIMIT } from '../algorithms/choose.ts';
import { EDLAE_DEFAULTS } from '../algorithms/ease.ts';
import { SINGLE_THREAD } from '#numeric/worker-pool.ts';
import { describeItemContributions, rankPositive } from './dense-scores.ts';
import { type AlgorithmName, type RecommenderKind, takePart } from './recommender.ts';
import { storeMatrix, takeMatrix } from './stored-matrix.ts';

/**
 * Exact for catalogues of up to `EASE_ITEM_LIMIT` products that were ever bought; for larger ones, exact for the
 * best-selling `headCount` of them and RP3beta for the others.
 */
function defineEase(algorithm: AlgorithmName, hyperparameters: EaseWithTailParameters): RecommenderKind {
  return {
    algorithm,
    hyperparameters: { ...hyperparameters },
    train({ interactions }, settled) {
      const { head, headItems, tail } = trainEaseWithTail(
        interactions,
        settleHead(interactions.byUser.columns, settled as EaseWithTailParameters),
        SINGLE_THREAD,
      );
      return {
        'head.items.u32': headItems.slice(),
        // Copied from shared memory, without the padding of rows.
        'head.weights.f32': packRows(head.weights, head.itemCount, head.rowStride),
        ...storeMatrix('tail', tail),
      };
    },
    open(parts, items) {
      const headItems = takePart(parts, 'head.items.u32', Uint32Array);
      const headIndices = new Int32Array(items.count).fill(-1);
      for (const [index, item] of headItems.entries()) headIndices[item] = index;
      const model: EaseWithTailModel = {
        head: {
          itemCount: headItems.length,
          weights: takePart(parts, 'head.weights.f32', Float32Array),
          rowStride: headItems.length,
        },
        headItems,
        headIndices,
        tail: takeMatrix(parts, 'tail', items.count),
      };
      return {
        rank({ history }, top) {
          if (history.itemIndices.length > 0) rankPositive(scoreEaseWithTail(model, history), top);
        },
        explain: ({ history }, itemIndex) =>
          describeItemContributions(explainEaseWithTail(model, history, itemIndex)),
      };
    },
  };
}

export const ease = defineEase('ease', EASE_WITH_TAIL_DEFAULTS);

export const edlae = defineEase('edlae', { ...EASE_WITH_TAIL_DEFAULTS, ease: EDLAE_DEFAULTS });

/** All products that were ever bought, if few enough; else the requested head. */
function settleHead(columns: Uint32Array, parameters: EaseWithTailParameters): EaseWithTailParameters {
  const soldCount = new Set(columns).size;
  return soldCount <= EASE_ITEM_LIMIT ? { ...parameters, headCount: soldCount } : parameters;
}

function packRows(weights: Float32Array, itemCount: number, rowStride: number): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(itemCount * itemCount);
  for (let row = 0; row < itemCount; row += 1) {
    packed.set(weights.subarray(row * rowStride, row * rowStride + itemCount), row * itemCount);
  }
  return packed;
}
