/** TIFU-KNN as a recommender: the next basket from the customer's own and that of similar customers. */
import type { BasketHistory } from '../algorithms/baskets.ts';
import {
  explainTifuKnn,
  scoreTifuKnn,
  TIFU_KNN_DEFAULTS,
  type TifuKnnModel,
  type TifuKnnParameters,
  trainTifuKnn,
} from '../algorithms/tifu-knn.ts';
import { createIdIndex } from '../histories/id-index.ts';
import { rankPositive } from './dense-scores.ts';
import { decodeJson, encodeJson, type RecommenderKind, takePart, type UserQuery } from './recommender.ts';
import { storeMatrix, takeMatrix } from './stored-matrix.ts';

const MS_PER_DAY = 86_400_000;

export const tifuKnn: RecommenderKind = {
  algorithm: 'tifu-knn',
  hyperparameters: { ...TIFU_KNN_DEFAULTS },
  train({ baskets, customerIds }, hyperparameters) {
    const { byUser, byItem, squares, parameters } = trainTifuKnn(
      baskets,
      hyperparameters as TifuKnnParameters,
    );
    return {
      'customers.ids.u8': customerIds,
      ...storeMatrix('by-user', byUser),
      ...storeMatrix('by-item', byItem),
      'squares.f64': squares as Float64Array<ArrayBuffer>,
      'settings.json': encodeJson(parameters),
    };
  },
  open(parts, items) {
    const customers = createIdIndex(takePart(parts, 'customers.ids.u8', Uint8Array));
    const model: TifuKnnModel = {
      parameters: decodeJson(parts, 'settings.json') as TifuKnnParameters,
      byUser: takeMatrix(parts, 'by-user', items.count),
      byItem: takeMatrix(parts, 'by-item', customers.count),
      squares: takePart(parts, 'squares.f64', Float64Array),
    };
    const selfOf = ({ customerId }: UserQuery): number =>
      customerId === null ? -1 : customers.find(customerId);
    return {
      rank(visitor, top) {
        const baskets = basketsOf(visitor);
        if (baskets.length > 0) rankPositive(scoreTifuKnn(model, baskets, selfOf(visitor)), top);
      },
      explain(visitor, itemIndex) {
        const { own, neighbours, neighbourCount } = explainTifuKnn(
          model,
          basketsOf(visitor),
          itemIndex,
          selfOf(visitor),
        );
        const { history, nowMs } = visitor;
        const entry = history.itemIndices.indexOf(itemIndex);
        const others = {
          kind: 'similar-customers',
          weight: neighbours,
          customerCount: neighbourCount,
        } as const;
        if (entry < 0) return [others];
        return [
          {
            kind: 'repeat-purchase',
            weight: own,
            daysBought: history.daysBought[entry]!,
            dayCount: history.dayCount,
            daysSinceLast: (nowMs - history.lastAt[entry]!) / MS_PER_DAY,
          },
          others,
        ];
      },
    };
  },
};

/** A user known only by a basket has that one basket. */
function basketsOf({ baskets, history }: UserQuery): BasketHistory {
  const known = baskets?.() ?? [];
  if (known.length > 0 || history.itemIndices.length === 0) return known;
  return [history.itemIndices];
}
