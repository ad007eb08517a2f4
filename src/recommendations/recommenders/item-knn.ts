/** Item-item cosine as a recommender: neighbours of the customer's purchases by common buyers. */
import { ITEM_KNN_DEFAULTS, type ItemKnnParameters, trainItemKnn } from '../algorithms/item-knn.ts';
import { openItemNeighbours } from './item-neighbours.ts';
import { type RecommenderKind, takePart } from './recommender.ts';

/**
 * Vectors of purchase days: a product bought repeatedly weighs more. On validation 50 neighbours are at least as good
 * as 100, at half the cost of a list.
 */
const HYPERPARAMETERS: ItemKnnParameters = {
  ...ITEM_KNN_DEFAULTS,
  weighting: 'count',
  neighbourCount: 50,
  reach: 50,
};

export const itemKnn: RecommenderKind = {
  algorithm: 'item-knn',
  hyperparameters: HYPERPARAMETERS,
  train({ interactions }, hyperparameters) {
    const { offsets, columns, values } = trainItemKnn(interactions, hyperparameters as ItemKnnParameters);
    return {
      'neighbours.offsets.u32': offsets as Uint32Array<ArrayBuffer>,
      'neighbours.columns.u32': columns as Uint32Array<ArrayBuffer>,
      'neighbours.values.f32': values as Float32Array<ArrayBuffer>,
    };
  },
  open: (parts, items) =>
    openItemNeighbours({
      rowCount: items.count,
      columnCount: items.count,
      offsets: takePart(parts, 'neighbours.offsets.u32', Uint32Array),
      columns: takePart(parts, 'neighbours.columns.u32', Uint32Array),
      values: takePart(parts, 'neighbours.values.f32', Float32Array),
    }),
};
