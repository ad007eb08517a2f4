/** The common model of item kNN, RP3beta and SLIM: a sparse item-to-item matrix. */

import { selectTopK } from '#numeric/top-k.ts';
import { transpose, type SparseMatrix } from '#numeric/sparse.ts';
import { type Contribution, findSlot, type History } from './interactions.ts';

/** Row i: the items that an interaction with item i contributes to, ascending. Value: the weight. */
export type ItemNeighbours = SparseMatrix;

/** Table of the strongest neighbours of every item, in shared memory. */
export type NeighbourTable = {
  readonly itemCount: number;
  readonly neighbourCount: number;
  /** Number of neighbours of each item so far. */
  readonly sizes: Uint32Array;
  /** itemCount × neighbourCount, row-major, strongest first. */
  readonly neighbours: Uint32Array;
  readonly values: Float32Array;
};

export function createNeighbourTable(itemCount: number, wantedCount: number): NeighbourTable {
  const neighbourCount = Math.min(wantedCount, itemCount);
  const cells = itemCount * neighbourCount;
  return {
    itemCount,
    neighbourCount,
    sizes: new Uint32Array(new SharedArrayBuffer(itemCount * 4)),
    neighbours: new Uint32Array(new SharedArrayBuffer(cells * 4)),
    values: new Float32Array(new SharedArrayBuffer(cells * 4)),
  };
}

/** Keeps the largest positive weights as the neighbours of an item, without the item itself. */
export function keepStrongest(table: NeighbourTable, itemIndex: number, strengths: Float64Array): void {
  const start = itemIndex * table.neighbourCount;
  strengths[itemIndex] = 0;
  let size = 0;
  for (const neighbour of selectTopK(strengths, table.neighbourCount)) {
    if (!(strengths[neighbour]! > 0)) break;
    table.neighbours[start + size] = neighbour;
    table.values[start + size] = strengths[neighbour]!;
    size += 1;
  }
  table.sizes[itemIndex] = size;
}

/** Keeps the weights with the largest absolute value. */
export function keepLargest(table: NeighbourTable, itemIndex: number, strengths: Float64Array): void {
  const start = itemIndex * table.neighbourCount;
  const sizes = strengths.map((strength) => (strength === 0 ? -Infinity : Math.abs(strength)));
  sizes[itemIndex] = -Infinity;
  const kept = selectTopK(sizes, table.neighbourCount);
  for (const [index, neighbour] of kept.entries()) {
    table.neighbours[start + index] = neighbour;
    table.values[start + index] = strengths[neighbour]!;
  }
  table.sizes[itemIndex] = kept.length;
}

/** The table as a matrix: row i holds the neighbours of item i, strongest first. */
export function neighbourRows(table: NeighbourTable): SparseMatrix {
  const { itemCount, neighbourCount, sizes } = table;
  const offsets = new Uint32Array(itemCount + 1);
  for (let item = 0; item < itemCount; item += 1) offsets[item + 1] = offsets[item]! + sizes[item]!;
  const columns = new Uint32Array(offsets[itemCount]!);
  const values = new Float32Array(columns.length);
  for (let item = 0; item < itemCount; item += 1) {
    const start = item * neighbourCount;
    columns.set(table.neighbours.subarray(start, start + sizes[item]!), offsets[item]);
    values.set(table.values.subarray(start, start + sizes[item]!), offsets[item]);
  }
  return { rowCount: itemCount, columnCount: itemCount, offsets, columns, values };
}

/**
 * Neighbours from a table whose rows are the scored items: each item is scored by its own strongest neighbours, however
 * many rows contain those.
 */
export function neighboursByTarget(table: NeighbourTable): ItemNeighbours {
  return transpose(neighbourRows(table));
}

/** The same with at most this many of the strongest entries in any row. */
export function pruneRows(neighbours: ItemNeighbours, most: number): ItemNeighbours {
  const { rowCount, columnCount } = neighbours;
  const sizeOf = (row: number): number => neighbours.offsets[row + 1]! - neighbours.offsets[row]!;
  const offsets = new Uint32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row += 1) offsets[row + 1] = offsets[row]! + Math.min(most, sizeOf(row));
  const columns = new Uint32Array(offsets[rowCount]!);
  const values = new Float32Array(columns.length);
  for (let row = 0; row < rowCount; row += 1) {
    const start = neighbours.offsets[row]!;
    const strengths = neighbours.values.subarray(start, start + sizeOf(row));
    const kept =
      strengths.length <= most
        ? strengths.keys()
        : selectTopK(strengths, most).toSorted((left, right) => left - right);
    let slot = offsets[row]!;
    for (const index of kept) {
      columns[slot] = neighbours.columns[start + index]!;
      values[slot] = strengths[index]!;
      slot += 1;
    }
  }
  return { rowCount, columnCount, offsets, columns, values };
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

/** Contribution of each history item to the score of `itemIndex`: they sum to it exactly. */
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
