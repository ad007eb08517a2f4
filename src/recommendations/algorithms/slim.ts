/** SLIM: every item as a sparse sum of others, by coordinate descent. */

import { createArena, type Matrix } from '#numeric/dense.ts';
import { createKernel, type Kernel } from '#numeric/kernel/kernel.ts';
import { addProductRow, type SparseMatrix, transpose } from '#numeric/sparse.ts';
import { type PoolWorker, SINGLE_THREAD, type WorkerPool } from '#numeric/worker-pool.ts';
import { selectTopK } from '#numeric/top-k.ts';
import { type Interactions } from './interactions.ts';
import {
  createNeighbourTable,
  type ItemNeighbours,
  keepLargest,
  neighboursByTarget,
  type NeighbourTable,
} from './item-neighbours.ts';

export type SlimParameters = {
  /** Penalty on the sum of absolute weights: larger is sparser. */
  readonly l1: number;
  /** Penalty on the sum of squares. */
  readonly l2: number;
  /** Whether negative weights are forbidden, as in Ning and Karypis. */
  readonly isPositive: boolean;
  readonly maximumRounds: number;
  /** Change of a weight that counts as converged. */
  readonly tolerance: number;
  /** Largest weights kept per item. */
  readonly neighbourCount: number;
};

export const SLIM_DEFAULTS: SlimParameters = {
  l1: 5,
  l2: 200,
  isPositive: true,
  maximumRounds: 200,
  tolerance: 1e-4,
  neighbourCount: 1000,
};

/** Larger catalogues need more than a gigabyte for the Gram matrix. */
export const SLIM_ITEM_LIMIT = 16_000;

/** Maximum number of items that join the active set at once, until it is larger. */
const FIRST_ACTIVE = 64;

/**
 * For every item j minimises |x_j - X·w|² / 2 + l2 · |w|² / 2 + l1 · |w|₁ with w_j = 0 and, by default, w ≥ 0 (Ning and
 * Karypis 2011) on the products XᵀX (Friedman, Hastie, Tibshirani 2010, covariance updates). Rounds visit only the
 * active items; further ones are added when these have converged (their section 2.6). O(items · (rounds · active² +
 * active · items)); items² floats, and a quarter of that per thread.
 */
export function trainSlim(
  { byUser }: Interactions,
  parameters: SlimParameters,
  pool: WorkerPool = SINGLE_THREAD,
): ItemNeighbours {
  const itemCount = byUser.columnCount;
  if (itemCount > SLIM_ITEM_LIMIT)
    throw new RangeError(`expected at most ${SLIM_ITEM_LIMIT} items, got ${itemCount}`);
  const binary = { ...byUser, values: new Float32Array(byUser.columns.length).fill(1) };
  const table = createNeighbourTable(itemCount, parameters.neighbourCount);
  const width = itemCount + 4;
  const half = Math.ceil(itemCount / 2);
  const arena = createArena(itemCount * width + pool.size * (half * (half + 4) + VECTORS * width));
  pool.run(import.meta.url, descend, {
    memory: arena.memory,
    gram: arena.allocate(itemCount, itemCount),
    systems: Array.from({ length: pool.size }, () => arena.allocate(half, half)),
    vectors: Array.from({ length: pool.size }, () => arena.allocate(VECTORS, itemCount)),
    byUser: binary,
    byItem: transpose(binary),
    table,
    parameters,
  });
  return neighboursByTarget(table);
}

/** Rows of a thread's vectors. */
const WEIGHTS = 0;
const RESIDUALS = 1;
const PULLS = 2;
const VECTORS = 3;

type SlimInput = {
  readonly memory: WebAssembly.Memory;
  /** items × items: number of users with both. */
  readonly gram: Matrix;
  /** One per thread: products of the active items, and vectors over all of them. */
  readonly systems: readonly Matrix[];
  readonly vectors: readonly Matrix[];
  readonly byUser: SparseMatrix;
  readonly byItem: SparseMatrix;
  readonly table: NeighbourTable;
  readonly parameters: SlimParameters;
};

/** @public run by the workers of a pool */
export function descend(input: SlimInput, member: PoolWorker): void {
  const { gram, byUser, byItem, table, parameters } = input;
  const kernel = createKernel(input.memory, member.index);
  const itemCount = gram.rowCount;
  const counts = new Float64Array(itemCount);
  member.share(itemCount, (item) => {
    counts.fill(0);
    addProductRow(byItem, byUser, item, counts);
    kernel.floats.set(counts, rowOf(gram, item));
  });

  const system = input.systems[member.index]!;
  const vectors = input.vectors[member.index]!;
  const weights = new Float64Array(itemCount);
  member.share(itemCount, (target) => {
    solveTarget(kernel, { gram, system, vectors }, target, parameters, weights);
    keepLargest(table, target, weights);
  });
}

type Workspace = Pick<SlimInput, 'gram'> & { readonly system: Matrix; readonly vectors: Matrix };

/** Fills `weights` for one target. */
function solveTarget(
  kernel: Kernel,
  space: Workspace,
  target: number,
  parameters: SlimParameters,
  weights: Float64Array,
): void {
  weights.fill(0);
  let active = new Uint32Array(0);
  // The active set at least doubles each time, so that this ends long before.
  for (let growth = 0; growth < 100; growth += 1) {
    const joining = findJoining(kernel, space, target, parameters, weights, active.length);
    if (joining.length === 0) return;
    active = Uint32Array.of(...active, ...joining);
    descendActive(kernel, space, target, parameters, active, weights);
    active = active.filter((item) => weights[item] !== 0);
  }
}

/** Items of weight 0 with the largest possible step, at most as many as are active. */
function findJoining(
  { floats, addScaled }: Kernel,
  { gram, vectors }: Workspace,
  target: number,
  { l1, l2, isPositive, tolerance }: SlimParameters,
  weights: Float64Array,
  activeCount: number,
): Uint32Array {
  const itemCount = gram.rowCount;
  const pulls = rowOf(vectors, PULLS);
  const start = rowOf(gram, target);
  floats.copyWithin(pulls, start, start + itemCount);
  for (let item = 0; item < itemCount; item += 1) {
    if (weights[item] !== 0) addScaled(itemCount, -weights[item]!, rowOf(gram, item), pulls);
  }
  const moves = new Float64Array(itemCount).fill(-Infinity);
  for (let item = 0; item < itemCount; item += 1) {
    if (weights[item] !== 0 || item === target) continue;
    const pull = floats[pulls + item]!;
    const move = ((isPositive ? pull : Math.abs(pull)) - l1) / (floats[rowOf(gram, item) + item]! + l2);
    if (move > tolerance) moves[item] = move;
  }
  return selectTopK(moves, Math.max(FIRST_ACTIVE, activeCount));
}

/** Rounds over the active items until no weight changes by more than the tolerance. */
function descendActive(
  kernel: Kernel,
  { gram, system, vectors }: Workspace,
  target: number,
  { l1, l2, isPositive, maximumRounds, tolerance }: SlimParameters,
  active: Uint32Array,
  weights: Float64Array,
): void {
  const { floats } = kernel;
  const isCompact = active.length <= system.rowCount;
  const items = isCompact ? active : Uint32Array.from(weights.keys());
  const g = isCompact ? { ...system, rowCount: items.length, columnCount: items.length } : gram;
  const [own, residuals] = [rowOf(vectors, WEIGHTS), rowOf(vectors, RESIDUALS)];
  const wanted = rowOf(gram, target);
  for (const [index, item] of items.entries()) {
    if (isCompact) gather(floats, rowOf(gram, item), items, rowOf(system, index));
    floats[own + index] = weights[item]!;
    floats[residuals + index] = floats[wanted + item]!;
  }
  for (const [index, item] of items.entries()) {
    if (weights[item] !== 0) kernel.addScaled(items.length, -weights[item]!, rowOf(g, index), residuals);
  }
  const least = isPositive ? 0 : -Infinity;
  const descent = { g, weights: own, residuals, l1, l2, least, skipped: isCompact ? -1 : target };
  for (let round = 0; round < maximumRounds && kernel.descend(descent) > tolerance; round += 1);
  for (const [index, item] of items.entries()) weights[item] = floats[own + index]!;
}

function gather(floats: Float32Array, source: number, columns: Uint32Array, target: number): void {
  for (let index = 0; index < columns.length; index += 1)
    floats[target + index] = floats[source + columns[index]!]!;
}

function rowOf(matrix: Matrix, row: number): number {
  return matrix.offset + row * matrix.rowStride;
}
