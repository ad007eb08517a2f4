/** Random walks of three steps, customer to item to customer to item, with a penalty for popular items. */

import { addProductRow, type SparseMatrix, transpose } from '#numeric/sparse.ts';
import { type PoolWorker, SINGLE_THREAD, type WorkerPool } from '#numeric/worker-pool.ts';
import { type Interactions } from './interactions.ts';
import {
  createNeighbourTable,
  type ItemNeighbours,
  keepStrongest,
  neighbourRows,
  neighboursByTarget,
  type NeighbourTable,
} from './item-neighbours.ts';

export type Rp3betaParameters = {
  readonly neighbourCount: number;
  /** Exponent of every transition probability. */
  readonly alpha: number;
  /** Exponent of the popularity that divides an item's score. */
  readonly beta: number;
};

export const RP3BETA_DEFAULTS: Rp3betaParameters = { neighbourCount: 100, alpha: 1, beta: 0.6 };

/**
 * W_ij = sum over users u of (1 / |users of i|)^alpha · (1 / |items of u|)^alpha / |users of j|^beta (Paudel et al.
 * 2017). Rows are pruned to the strongest and scaled to sum 1, then columns are pruned: without the second step an item
 * is dominated by the many rows with a weak weight for it. O(sum over users of items²).
 */
export function trainRp3beta(
  { byUser }: Interactions,
  parameters: Rp3betaParameters,
  pool: WorkerPool = SINGLE_THREAD,
): ItemNeighbours {
  const { alpha, beta, neighbourCount } = parameters;
  const byItem = transpose(byUser);
  const itemCount = byUser.columnCount;
  const penalties = Float64Array.from(
    { length: itemCount },
    (_, item) => Math.max(1, rowLength(byItem, item)) ** -beta,
  );
  const rowTable = createNeighbourTable(itemCount, neighbourCount);
  const walks = { fromItems: spreadEvenly(byItem, alpha), fromUsers: spreadEvenly(byUser, alpha) };
  pool.run(import.meta.url, walkFromItems, { ...walks, penalties, table: rowTable });

  const columns = transpose(neighbourRows(rowTable));
  const targetTable = createNeighbourTable(itemCount, neighbourCount);
  const strengths = new Float64Array(itemCount);
  for (let item = 0; item < itemCount; item += 1) {
    strengths.fill(0);
    for (let slot = columns.offsets[item]!; slot < columns.offsets[item + 1]!; slot += 1) {
      strengths[columns.columns[slot]!] = columns.values[slot]!;
    }
    keepStrongest(targetTable, item, strengths);
  }
  return neighboursByTarget(targetTable);
}

type WalkInput = {
  readonly fromItems: SparseMatrix;
  readonly fromUsers: SparseMatrix;
  readonly penalties: Float64Array;
  readonly table: NeighbourTable;
};

/** @public run by the workers of a pool */
export function walkFromItems(
  { fromItems, fromUsers, penalties, table }: WalkInput,
  member: PoolWorker,
): void {
  const strengths = new Float64Array(table.itemCount);
  member.share(table.itemCount, (item) => {
    strengths.fill(0);
    addProductRow(fromItems, fromUsers, item, strengths);
    for (let other = 0; other < strengths.length; other += 1) strengths[other]! *= penalties[other]!;
    keepStrongest(table, item, strengths);
    normaliseRow(table, item);
  });
}

function normaliseRow(table: NeighbourTable, item: number): void {
  const start = item * table.neighbourCount;
  const row = table.values.subarray(start, start + table.sizes[item]!);
  let sum = 0;
  for (const value of row) sum += value;
  for (let slot = 0; slot < row.length; slot += 1) row[slot]! /= sum;
}

/** Every entry of a row gets (1 / row length)^alpha. */
function spreadEvenly(matrix: SparseMatrix, alpha: number): SparseMatrix {
  const values = new Float32Array(matrix.columns.length);
  for (let row = 0; row < matrix.rowCount; row += 1) {
    values.fill(rowLength(matrix, row) ** -alpha, matrix.offsets[row], matrix.offsets[row + 1]);
  }
  return { ...matrix, values };
}

function rowLength(matrix: SparseMatrix, row: number): number {
  return matrix.offsets[row + 1]! - matrix.offsets[row]!;
}
