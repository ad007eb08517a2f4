/** The model that item kNN, RP3beta and SLIM share: a sparse item-to-item matrix. Never learns one. */

import { selectTopK } from '#numeric/top-k.ts';
import { transpose, type SparseMatrix } from '#numeric/sparse.ts';
import { type Contribution, findSlot, type History } from './interactions.ts';

/** Row i: the items that an interaction with item i speaks for, ascending. Value: how strongly. */
export type ItemNeighbours = SparseMatrix;

/**
 * Keeps the strongest `neighbourCount` entries of every column: each item is scored by its own nearest
 * neighbours, however many lists those neighbours are on.
 * @param columnOf fills `scratch` (length itemCount) with the similarities of every item to `itemIndex`
 */
export function pruneByTarget(
  itemCount: number,
  neighbourCount: number,
  columnOf: (itemIndex: number, scratch: Float64Array) => void,
): ItemNeighbours {
  const scratch = new Float64Array(itemCount);
  const offsets = new Uint32Array(itemCount + 1);
  const kept = new Uint32Array(itemCount * Math.min(neighbourCount, itemCount));
  const values = new Float32Array(kept.length);
  let size = 0;
  for (let item = 0; item < itemCount; item += 1) {
    columnOf(item, scratch);
    scratch[item] = 0;
    for (const neighbour of selectTopK(scratch, neighbourCount)) {
      if (!(scratch[neighbour]! > 0)) break;
      kept[size] = neighbour;
      values[size] = scratch[neighbour]!;
      size += 1;
    }
    offsets[item + 1] = size;
  }
  const byTarget = {
    rowCount: itemCount,
    columnCount: itemCount,
    offsets,
    columns: kept.slice(0, size),
    values: values.slice(0, size),
  };
  return transpose(byTarget);
}

/** score_j = sum over history items i of weight_i · neighbours_ij. O(entries of the history's rows). */
export function scoreByNeighbours(neighbours: ItemNeighbours, history: History): Float64Array {
  const { offsets, columns, values } = neighbours;
  const scores = new Float64Array(neighbours.columnCount);
  for (let entry = 0; entry < history.itemIndices.length; entry += 1) {
    const item = history.itemIndices[entry]!;
    const weight = history.weights[entry]!;
    for (let slot = offsets[item]!; slot < offsets[item + 1]!; slot += 1)
      scores[columns[slot]!]! += weight * values[slot]!;
  }
  return scores;
}

/** What each history item adds to the score of `itemIndex`: the parts sum to it exactly. */
export function explainByNeighbours(
  neighbours: ItemNeighbours,
  history: History,
  itemIndex: number,
): readonly Contribution[] {
  const parts: Contribution[] = [];
  for (let entry = 0; entry < history.itemIndices.length; entry += 1) {
    const slot = findSlot(neighbours, history.itemIndices[entry]!, itemIndex);
    if (slot < 0) continue;
    parts.push({
      itemIndex: history.itemIndices[entry]!,
      value: history.weights[entry]! * neighbours.values[slot]!,
    });
  }
  return parts;
}
