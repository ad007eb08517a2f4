/** EASE for catalogues too large for items² floats: exact on the best-selling items, RP3beta for the others. */

import { type SparseMatrix, sparseFromTriples } from '#numeric/sparse.ts';
import { type WorkerPool } from '#numeric/worker-pool.ts';
import { selectTopK } from '#numeric/top-k.ts';
import {
  EASE_DEFAULTS,
  type EaseModel,
  type EaseParameters,
  explainEase,
  scoreEase,
  trainEase,
} from './ease.ts';
import { type Contribution, type History, type Interactions } from './interactions.ts';
import { explainByNeighbours, type ItemNeighbours, scoreByNeighbours } from './item-neighbours.ts';
import { RP3BETA_DEFAULTS, type Rp3betaParameters, trainRp3beta } from './rp3beta.ts';

export type EaseWithTailParameters = {
  readonly headCount: number;
  readonly ease: EaseParameters;
  readonly tail: Rp3betaParameters;
};

export const EASE_WITH_TAIL_DEFAULTS: EaseWithTailParameters = {
  headCount: 8000,
  ease: EASE_DEFAULTS,
  tail: RP3BETA_DEFAULTS,
};

export type EaseWithTailModel = {
  readonly head: EaseModel;
  /** Items of the head, best-selling first; index in the head of every item, -1 in the tail. */
  readonly headItems: Uint32Array;
  readonly headIndices: Int32Array;
  readonly tail: ItemNeighbours;
};

export function trainEaseWithTail(
  interactions: Interactions,
  parameters: EaseWithTailParameters,
  pool: WorkerPool,
): EaseWithTailModel {
  const { byUser } = interactions;
  const counts = new Float64Array(byUser.columnCount);
  for (const item of byUser.columns) counts[item]! += 1;
  const soldCount = counts.filter((count) => count > 0).length;
  const headItems = selectTopK(counts, Math.min(parameters.headCount, soldCount));
  const headIndices = new Int32Array(byUser.columnCount).fill(-1);
  for (const [index, item] of headItems.entries()) headIndices[item] = index;

  const headOnly = { ...interactions, byUser: keepColumns(byUser, headIndices, headItems.length) };
  const head = trainEase(headOnly, parameters.ease, pool);
  const tail =
    headItems.length < soldCount
      ? trainRp3beta(interactions, parameters.tail, pool)
      : sparseFromTriples(byUser.columnCount, byUser.columnCount, [], [], []);
  return { head, headItems, headIndices, tail };
}

/**
 * EASE's scores for the head, exact if it contains all items that were ever bought; RP3beta's for the tail, scaled per
 * customer to the same spread over the head.
 */
export function scoreEaseWithTail(model: EaseWithTailModel, history: History): Float64Array {
  const headScores = scoreEase(model.head, headHistory(model, history));
  const scores = scoreByNeighbours(model.tail, history);
  const scale = scaleOf(model, headScores, scores);
  for (let item = 0; item < scores.length; item += 1) {
    const index = model.headIndices[item]!;
    scores[item] = index >= 0 ? headScores[index]! : scale * scores[item]!;
  }
  return scores;
}

/** Contribution of each history item: they sum to the score. */
export function explainEaseWithTail(
  model: EaseWithTailModel,
  history: History,
  itemIndex: number,
): readonly Contribution[] {
  const own = headHistory(model, history);
  const index = model.headIndices[itemIndex]!;
  if (index >= 0) {
    return explainEase(model.head, own, index).map(({ itemIndex: part, value }) => ({
      itemIndex: model.headItems[part]!,
      value,
    }));
  }
  const scale = scaleOf(model, scoreEase(model.head, own), scoreByNeighbours(model.tail, history));
  const parts = explainByNeighbours(model.tail, history, itemIndex);
  return parts.map((part) => ({ itemIndex: part.itemIndex, value: scale * part.value }));
}

/** Ratio of the two methods' root mean squares over the head. */
function scaleOf(
  { headItems }: EaseWithTailModel,
  headScores: Float64Array,
  tailScores: Float64Array,
): number {
  let headSquares = 0;
  let tailSquares = 0;
  for (const [index, item] of headItems.entries()) {
    headSquares += headScores[index]! ** 2;
    tailSquares += tailScores[item]! ** 2;
  }
  return headSquares > 0 && tailSquares > 0 ? Math.sqrt(headSquares / tailSquares) : 1;
}

function headHistory({ headIndices }: EaseWithTailModel, history: History): History {
  const kept = Uint32Array.from(history.itemIndices.keys()).filter(
    (entry) => headIndices[history.itemIndices[entry]!]! >= 0,
  );
  return {
    ...history,
    itemIndices: kept.map((entry) => headIndices[history.itemIndices[entry]!]!),
    weights: Float32Array.from(kept, (entry) => history.weights[entry]!),
  };
}

function keepColumns(matrix: SparseMatrix, indices: Int32Array, columnCount: number): SparseMatrix {
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < matrix.rowCount; row += 1) {
    for (let slot = matrix.offsets[row]!; slot < matrix.offsets[row + 1]!; slot += 1) {
      const index = indices[matrix.columns[slot]!]!;
      if (index < 0) continue;
      rows.push(row);
      columns.push(index);
      values.push(matrix.values[slot]!);
    }
  }
  return sparseFromTriples(matrix.rowCount, columnCount, rows, columns, values);
}
