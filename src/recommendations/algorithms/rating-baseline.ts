/** The expected rating of an average taste: the mean, plus the offset of the user and of the item. */

import { type SparseMatrix, transpose } from '#numeric/sparse.ts';

export type BaselineParameters = {
  /** Number of ratings of 0 deviation added to every user and to every item. */
  readonly userDamping: number;
  readonly itemDamping: number;
  readonly rounds: number;
};

export const BASELINE_DEFAULTS: BaselineParameters = { userDamping: 10, itemDamping: 5, rounds: 10 };

export type RatingBaseline = {
  readonly mean: number;
  readonly userOffsets: Float64Array;
  readonly itemOffsets: Float64Array;
};

/** Alternates the damped mean residual of items and of users (Koren 2010, section 2.1). O(rounds · ratings). */
export function fitBaseline(byUser: SparseMatrix, parameters: BaselineParameters): RatingBaseline {
  const byItem = transpose(byUser);
  const mean = byUser.values.reduce((sum, rating) => sum + rating, 0) / byUser.values.length;
  const userOffsets = new Float64Array(byUser.rowCount);
  const itemOffsets = new Float64Array(byUser.columnCount);
  for (let round = 0; round < parameters.rounds; round += 1) {
    fitSide(byItem, mean, userOffsets, itemOffsets, parameters.itemDamping);
    fitSide(byUser, mean, itemOffsets, userOffsets, parameters.userDamping);
  }
  return { mean, userOffsets, itemOffsets };
}

function fitSide(
  rows: SparseMatrix,
  mean: number,
  fixed: Float64Array,
  fitted: Float64Array,
  damping: number,
): void {
  for (let row = 0; row < rows.rowCount; row += 1) {
    let sum = 0;
    for (let slot = rows.offsets[row]!; slot < rows.offsets[row + 1]!; slot += 1) {
      sum += rows.values[slot]! - mean - fixed[rows.columns[slot]!]!;
    }
    fitted[row] = sum / (rows.offsets[row + 1]! - rows.offsets[row]! + damping) || 0;
  }
}

/** The baseline of one pair, O(1). */
export function baselineOf(baseline: RatingBaseline, userIndex: number, itemIndex: number): number {
  return baseline.mean + baseline.userOffsets[userIndex]! + baseline.itemOffsets[itemIndex]!;
}

/** Ratings of the matrix minus their baselines. */
export function subtractBaseline(byUser: SparseMatrix, baseline: RatingBaseline): SparseMatrix {
  const values = byUser.values.slice();
  for (let user = 0; user < byUser.rowCount; user += 1) {
    for (let slot = byUser.offsets[user]!; slot < byUser.offsets[user + 1]!; slot += 1) {
      values[slot]! -= baselineOf(baseline, user, byUser.columns[slot]!);
    }
  }
  return { ...byUser, values };
}
