/** Item-item cosine as a recommender: what the customer bought speaks for what others bought with it. */
import { ITEM_KNN_DEFAULTS, type ItemKnnParameters, trainItemKnn } from '../algorithms/item-knn.ts';
import { explainByNeighbours, type ItemNeighbours } from '../algorithms/item-neighbours.ts';
import type { IdTable } from '../id-table.ts';
import type { TopList } from '../top-list.ts';
import { type Recommender, type RecommenderKind, takePart, type Visitor } from './recommender.ts';

/** Vectors of purchase days: a product bought again and again weighs more. */
const HYPERPARAMETERS: ItemKnnParameters = { ...ITEM_KNN_DEFAULTS, weighting: 'count' };

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
    openNeighbours(
      {
        rowCount: items.count,
        columnCount: items.count,
        offsets: takePart(parts, 'neighbours.offsets.u32', Uint32Array),
        columns: takePart(parts, 'neighbours.columns.u32', Uint32Array),
        values: takePart(parts, 'neighbours.values.f32', Float32Array),
      },
      items,
    ),
};

function openNeighbours(neighbours: ItemNeighbours, items: IdTable): Recommender {
  const { offsets, columns, values } = neighbours;
  // Kept for all requests and left at 0: a history touches some thousand of 20,000 items, and clearing those again
  // costs less than a new array per customer.
  const scores = new Float64Array(items.count);
  const touched = new Uint32Array(items.count);

  /** score_j = sum over history items i of weight_i · neighbours_ij. */
  function rank({ history }: Visitor, top: TopList): void {
    const { itemIndices, weights } = history;
    let touchedCount = 0;
    for (let entry = 0; entry < itemIndices.length; entry += 1) {
      const item = itemIndices[entry]!;
      const weight = weights[entry]!;
      const end = offsets[item + 1]!;
      for (let slot = offsets[item]!; slot < end; slot += 1) {
        const other = columns[slot]!;
        const score = scores[other]!;
        if (score === 0) {
          touched[touchedCount] = other;
          touchedCount += 1;
        }
        scores[other] = score + weight * values[slot]!;
      }
    }
    // A list that is full takes few more: most offers are dismissed here.
    let worst = Number.NEGATIVE_INFINITY;
    for (let position = 0; position < touchedCount; position += 1) {
      const item = touched[position]!;
      const score = scores[item]!;
      scores[item] = 0;
      if (score < worst) continue;
      top.offer(item, score);
      worst = top.worstScore();
    }
  }

  return {
    rank,
    explain: ({ history }, itemIndex) =>
      explainByNeighbours(neighbours, history, itemIndex)
        .toSorted((left, right) => right.value - left.value)
        .map((part) => ({ kind: 'bought-together', weight: part.value, itemIndex: part.itemIndex })),
  };
}
