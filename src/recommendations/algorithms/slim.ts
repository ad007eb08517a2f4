/** SLIM: every item as a sparse, non-negative sum of others, by coordinate descent. Never leaves item-to-item weights. */

import { addProductRow, type SparseMatrix, transpose } from '#numeric/sparse.ts';
import { type Member, SINGLE_THREAD, type Team } from '#numeric/team.ts';
import { type Interactions } from './interactions.ts';
import {
  createNeighbourTable,
  type ItemNeighbours,
  keepStrongest,
  neighboursByTarget,
  type NeighbourTable,
} from './item-neighbours.ts';

export type SlimParameters = {
  /** Penalty on the sum of weights: larger is sparser. */
  readonly l1: number;
  /** Penalty on the sum of squares. */
  readonly l2: number;
  readonly maximumRounds: number;
  /** Largest change of a weight in a round at which descent stops. */
  readonly tolerance: number;
  readonly neighbourCount: number;
};

export const SLIM_DEFAULTS: SlimParameters = {
  l1: 5,
  l2: 200,
  maximumRounds: 30,
  tolerance: 1e-4,
  neighbourCount: 1000,
};

/** Catalogues above this need more than a gigabyte for the products of all pairs. */
export const SLIM_ITEM_LIMIT = 16_000;

/**
 * For every item j minimises |x_j - X·w|² / 2 + l2 · |w|² / 2 + l1 · |w|₁ with w ≥ 0 and w_j = 0 (Ning and Karypis
 * 2011) on the products XᵀX (Friedman, Hastie, Tibshirani 2010, covariance updates).
 * O(items² · rounds · share of weights that change); items² floats.
 */
export function trainSlim(
  { byUser }: Interactions,
  parameters: SlimParameters,
  team: Team = SINGLE_THREAD,
): ItemNeighbours {
  const itemCount = byUser.columnCount;
  if (itemCount > SLIM_ITEM_LIMIT)
    throw new RangeError(`expected at most ${SLIM_ITEM_LIMIT} items, got ${itemCount}`);
  const binary = { ...byUser, values: new Float32Array(byUser.columns.length).fill(1) };
  const table = createNeighbourTable(itemCount, parameters.neighbourCount);
  const gram = new Float32Array(new SharedArrayBuffer(itemCount * itemCount * 4));
  team.run(import.meta.url, descend, { byUser: binary, byItem: transpose(binary), gram, table, parameters });
  return neighboursByTarget(table);
}

type SlimInput = {
  readonly byUser: SparseMatrix;
  readonly byItem: SparseMatrix;
  /** items × items: how many users have both. */
  readonly gram: Float32Array;
  readonly table: NeighbourTable;
  readonly parameters: SlimParameters;
};

/** @public run by the members of a team */
export function descend({ byUser, byItem, gram, table, parameters }: SlimInput, member: Member): void {
  const n = table.itemCount;
  const counts = new Float64Array(n);
  member.share(n, (item) => {
    counts.fill(0);
    addProductRow(byItem, byUser, item, counts);
    gram.set(counts, item * n);
  });
  const weights = new Float64Array(n);
  const residuals = new Float64Array(n);
  member.share(n, (target) => {
    solveTarget(gram, n, target, parameters, weights, residuals);
    keepStrongest(table, target, weights);
  });
}

/** Fills `weights` for one target; `residuals` holds gram_kj - sum over m of gram_km · w_m for every k. */
function solveTarget(
  gram: Float32Array,
  n: number,
  target: number,
  { l1, l2, maximumRounds, tolerance }: SlimParameters,
  weights: Float64Array,
  residuals: Float64Array,
): void {
  weights.fill(0);
  residuals.set(gram.subarray(target * n, (target + 1) * n));
  // Only an item bought together with the target more often than the penalty can have a weight.
  const candidates = Uint32Array.from(residuals.keys()).filter(
    (item) => item !== target && residuals[item]! > l1,
  );
  let visited = candidates;
  for (let round = 0; round < maximumRounds; round += 1) {
    let largest = 0;
    for (const item of visited) {
      const row = item * n;
      const square = gram[row + item]!;
      const before = weights[item]!;
      const after = Math.max(0, residuals[item]! + square * before - l1) / (square + l2);
      const change = after - before;
      if (change === 0) continue;
      weights[item] = after;
      for (let other = 0; other < n; other += 1) residuals[other]! -= change * gram[row + other]!;
      largest = Math.max(largest, Math.abs(change));
    }
    if (largest >= tolerance) {
      // Most weights stay 0: after a full round only the others move, until they stand still.
      visited = candidates.filter((item) => weights[item]! > 0);
    } else if (visited.length === candidates.length) {
      break;
    } else {
      visited = candidates;
    }
  }
}
